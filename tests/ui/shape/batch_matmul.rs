// Batches of matrices that differ in number.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 2, 3, 4>, y: Tensor<N, 5, 4, 3>) -> Tensor<N, 2, 3, 3> {
        x.matmul(y)
    }
}

fn main() {}
