// A tuple as a field.
use macrograd::prelude::*;

#[model]
struct Net {
    pair: (nn::Relu, nn::Relu),
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x
    }
}

fn main() {}
