// Pooling whose output would be empty.
use macrograd::prelude::*;

#[model]
struct Net {
    conv: nn::Conv2d<1, 6, 5>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, image: Tensor<N, 1, 6, 6>) -> Tensor<N, 6, 1, 1> {
        self.conv(image).relu().max_pool2d(3)
    }
}

fn main() {}
