// One value where two tensors are declared.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> (Tensor<N, 8>, Tensor<N, 8>) {
        x * self.weight
    }
}

fn main() {}
