// A number that is indexed.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let rate = 0.5;
        x * self.weight * rate[0]
    }
}

fn main() {}
