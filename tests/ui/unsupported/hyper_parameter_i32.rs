// A hyper-parameter of another type.
use macrograd::prelude::*;

#[model]
struct Net {
    #[default(1)]
    steps: i32,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x
    }
}

fn main() {}
