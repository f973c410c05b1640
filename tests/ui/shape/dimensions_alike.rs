// Dimensions that differ in case only.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, n: Dim>(&self, x: Tensor<N, 8>, y: Tensor<n, 8>) -> Tensor {
        (x * self.weight).sum() + y.sum()
    }
}

fn main() {}
