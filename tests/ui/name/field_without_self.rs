// A field named without `self`.
use macrograd::prelude::*;

#[model]
struct Net {
    scale: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * scale
    }
}

fn main() {}
