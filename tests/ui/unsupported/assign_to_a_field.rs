// An assignment to a parameter.
use macrograd::prelude::*;

#[model]
struct Net {
    scale: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.scale = x.mean(0);
        x * self.scale
    }
}

fn main() {}
