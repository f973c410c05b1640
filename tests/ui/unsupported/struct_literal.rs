// A struct that is not known.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        let y = self.fc(x);
        Output { y }
    }
}

fn main() {}
