// A loop that is written out too often.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut x = x;
        for step in 0..1000000 {
            x = x * self.weight + step;
        }
        x
    }
}

fn main() {}
