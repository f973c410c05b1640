// A setting that the layer does not have, with the one that is meant.
use macrograd::prelude::*;

#[model]
struct Net {
    #[with(pading = 2)]
    conv: nn::Conv2d<1, 6, 5>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 1, 28, 28>) -> Tensor<N, 6, 28, 28> {
        self.conv(x)
    }
}

fn main() {}
