// A learning rate of a hyper-parameter.
use macrograd::prelude::*;

#[model]
struct Net {
    #[lr(0.1)]
    #[default(2)]
    stride: usize,
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight
    }
}

fn main() {}
