// A convolution with another number of input channels.
use macrograd::prelude::*;

#[model]
struct Net {
    conv1: nn::Conv2d<1, 6, 5>,
    conv2: nn::Conv2d<8, 16, 5>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, image: Tensor<N, 1, 28, 28>) -> Tensor<N, 16, 20, 20> {
        self.conv2(self.conv1(image))
    }
}

fn main() {}
