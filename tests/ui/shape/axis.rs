// An axis that the tensor does not have.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N> {
        x.mean(2)
    }
}

fn main() {}
