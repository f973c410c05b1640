// A tensor as a field.
use macrograd::prelude::*;

#[model]
struct Net {
    scale: Tensor<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.scale
    }
}

fn main() {}
