// A size that is an element of a list which has fewer.
use macrograd::prelude::*;

#[model]
struct Net {
    #[default(3)]
    kernel_size: [usize; 2],
    weight: Param<{ kernel_size[2] }>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 3> {
        x * self.weight
    }
}

fn main() {}
