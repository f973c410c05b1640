// A permutation of another number of axes.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 2, 3>) -> Tensor<N, 3, 2> {
        x.permute([0, 2])
    }
}

fn main() {}
