// A division of whole numbers that was meant to be one of real numbers.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x) * (1 / 2)
    }
}

fn main() {}
