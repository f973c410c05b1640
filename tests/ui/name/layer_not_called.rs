// A layer used as a value.
use macrograd::prelude::*;

#[model]
struct Net {
    act: nn::Relu,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x + self.act
    }
}

fn main() {}
