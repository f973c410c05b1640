// A named argument that is not there.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<6, 1, 5, 5>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 1, 28, 28>) -> Tensor<N, 6, 24, 24> {
        x.conv2d(self.weight, strides = 2)
    }
}

fn main() {}
