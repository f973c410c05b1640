// A matrix product whose inner sizes differ.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<5, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 4> {
        x.matmul(self.weight)
    }
}

fn main() {}
