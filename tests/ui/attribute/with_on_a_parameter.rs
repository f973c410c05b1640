// Settings on a field that has none.
use macrograd::prelude::*;

#[model]
struct Net {
    #[with(stride = 2)]
    scale: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.scale
    }
}

fn main() {}
