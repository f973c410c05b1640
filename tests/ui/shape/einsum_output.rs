// An axis of the result that no operand of `einsum` has.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<32, 16>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 32>) -> Tensor<N, 16> {
        einsum("row in, in out -> rwo out", x, self.weight)
    }
}

fn main() {}
