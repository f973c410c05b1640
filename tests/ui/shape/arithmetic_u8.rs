// Arithmetic computes with `f32`.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, image: Tensor<u8, N, 784>) -> Tensor<N, 784> {
        image / 255.0
    }
}

fn main() {}
