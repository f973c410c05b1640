// A function that calls itself.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.forward(x)
    }
}

fn main() {}
