// A mistake that shows only inside a layer of another crate is reported where it is called.
use macrograd::prelude::*;

#[model]
struct Net {
    norm: nn::BatchNorm2d<6>,
    flatten: nn::Flatten,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 6, 4, 4>) -> Tensor<N, 96> {
        self.norm(self.flatten(x))
    }
}

fn main() {}
