// A required argument that is missing.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 2, 4> {
        x.reshape()
    }
}

fn main() {}
