// An operand of `einsum` that has more axes than names.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<32, 16>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 32>) -> Tensor<N, T, 16> {
        einsum("n k, k j -> n j", x, self.weight)
    }
}

fn main() {}
