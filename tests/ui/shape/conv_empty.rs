// A convolution whose output would be empty.
use macrograd::prelude::*;

#[model]
struct Net {
    conv: nn::Conv2d<1, 6, 5>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, image: Tensor<N, 1, 4, 28>) -> Tensor<N, 6, 1, 24> {
        self.conv(image)
    }
}

fn main() {}
