// An axis of `einsum` that has two sizes.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<48, 16>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 32>) -> Tensor<N, 16> {
        einsum("n k, k j -> n j", x, self.weight)
    }
}

fn main() {}
