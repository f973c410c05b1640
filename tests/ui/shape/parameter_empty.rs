// A parameter without elements.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<8, 0>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight.sum()
    }
}

fn main() {}
