// A condition of another shape.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>, y: Tensor<N, 4>) -> Tensor<N, 8> {
        select(y > 0.0, x, 0.0)
    }
}

fn main() {}
