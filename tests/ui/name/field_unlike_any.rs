// A field that is not there, and none is near: all are listed.
use macrograd::prelude::*;

#[model]
struct Net {
    conv1: nn::Conv2d<1, 6, 5>,
    head: nn::Linear<6, 10>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 6>) -> Tensor<N, 10> {
        self.classifier(x)
    }
}

fn main() {}
