// A loop with too many iterations.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut sum = 0;
        for step in 0..2000000 {
            sum = sum + step;
        }
        x * self.weight * sum
    }
}

fn main() {}
