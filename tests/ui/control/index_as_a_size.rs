// A shape that depends on the index.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, 8> {
        let mut h = zeros([N, 8]);
        for t in 1..T {
            h = h + ones([t, 8]).sum(axes = 0);
        }
        h
    }
}

fn main() {}
