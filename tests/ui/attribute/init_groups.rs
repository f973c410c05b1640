// Groups that do not divide the outputs.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(dirac(groups = 3))]
    weight: Param<8, 2, 3>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight.sum()
    }
}

fn main() {}
