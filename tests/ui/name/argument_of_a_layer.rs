// A setting given in a call instead of on the field.
use macrograd::prelude::*;

#[model]
struct Net {
    conv: nn::Conv2d<1, 6, 5>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 1, 28, 28>) -> Tensor<N, 6, 24, 24> {
        self.conv(x, padding = 2)
    }
}

fn main() {}
