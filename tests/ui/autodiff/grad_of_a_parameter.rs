// A gradient of a parameter in the place of a function.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(ones)]
    scale: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        grad(self.scale, x)
    }
}

fn main() {}
