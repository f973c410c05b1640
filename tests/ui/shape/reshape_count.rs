// A reshape to another number of elements.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 3, 4>) -> Tensor<N, 2, 5> {
        x.reshape([N, 2, 5])
    }
}

fn main() {}
