// Sizes that do not broadcast: both shapes and the axis.
use macrograd::prelude::*;

#[model]
struct Net {
    scale: Param<3, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 2, 4>) -> Tensor<N, 2, 4> {
        x + self.scale
    }
}

fn main() {}
