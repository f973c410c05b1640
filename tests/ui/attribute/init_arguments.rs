// An initialiser with another number of arguments.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(constant(1.0, 2.0))]
    scale: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.scale
    }
}

fn main() {}
