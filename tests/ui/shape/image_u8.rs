// A convolution computes with `f32`.
use macrograd::prelude::*;

#[model]
struct Net {
    conv: nn::Conv2d<1, 6, 5>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, image: Tensor<u8, N, 1, 28, 28>) -> Tensor<N, 6, 24, 24> {
        self.conv(image)
    }
}

fn main() {}
