// An argument that the initialiser does not have, with the one that is meant.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(orthogonal(gian = 2.0))]
    weight: Param<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight.sum()
    }
}

fn main() {}
