// A variable with a type.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        let y: Tensor<N, 4> = self.fc(x);
        y
    }
}

fn main() {}
