// A value that no machine holds.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N> {
        let pairs = zeros([2000000, 2000000]) + self.weight.sum();
        x.sum(1) * pairs.mean()
    }
}

fn main() {}
