// A layer that is not there.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linaer<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
