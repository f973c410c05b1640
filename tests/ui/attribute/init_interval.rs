// An interval that ends before it begins.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(trunc_normal(std = 0.02, a = 2.0, b = -2.0))]
    weight: Param<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight.sum()
    }
}

fn main() {}
