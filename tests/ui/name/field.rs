// A field that is not there, with the one that is meant.
use macrograd::prelude::*;

#[model]
struct Net {
    conv1: nn::Conv2d<1, 6, 5>,
    conv2: nn::Conv2d<6, 16, 5>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 1, 28, 28>) -> Tensor<N, 16, 20, 20> {
        self.conv3(self.conv1(x))
    }
}

fn main() {}
