// A setting that is not known at compile time.
use macrograd::prelude::*;

#[model]
struct Net {
    #[with(padding = PADDING)]
    conv: nn::Conv2d<1, 6, 5>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 1, 28, 28>) -> Tensor<N, 6, 28, 28> {
        self.conv(x)
    }
}

fn main() {}
