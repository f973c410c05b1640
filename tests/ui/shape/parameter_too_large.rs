// More parameters than any machine holds.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<2000000, 2000000>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight.mean()
    }
}

fn main() {}
