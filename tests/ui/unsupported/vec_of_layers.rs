// A `Vec` of layers.
use macrograd::prelude::*;

#[model]
struct Net {
    layers: Vec<nn::Linear<8, 8>>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x
    }
}

fn main() {}
