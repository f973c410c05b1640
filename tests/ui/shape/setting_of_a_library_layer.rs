// A setting that does not fit the sizes of a layer.
use macrograd::prelude::*;

#[model]
struct Net {
    #[with(groups = 4)]
    conv: nn::Conv2d<6, 8, 3>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 6, 8, 8>) -> Tensor<N, 8, 6, 6> {
        self.conv(x)
    }
}

fn main() {}
