// Tensors that differ in another axis than the one along which they are put together.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 4, 8>, y: Tensor<N, 5, 9>) -> Tensor<N, 9, 8> {
        concat([x, y], axis = 1)
    }
}

fn main() {}
