// Two run-time dimensions are equal only by chance: broadcasting is decided by the literal 1.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, 4>, y: Tensor<T, 4>) -> Tensor<N, 4> {
        x * y
    }
}

fn main() {}
