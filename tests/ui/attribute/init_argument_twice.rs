// An argument by position and by name.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(normal(0.0, 1.0, mean = 2.0))]
    weight: Param<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight.sum()
    }
}

fn main() {}
