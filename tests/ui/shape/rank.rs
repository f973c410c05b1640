// A layer given another number of axes.
use macrograd::prelude::*;

#[model]
struct Net {
    conv: nn::Conv2d<1, 6, 5>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, image: Tensor<N, 784>) -> Tensor<N, 6, 24, 24> {
        self.conv(image)
    }
}

fn main() {}
