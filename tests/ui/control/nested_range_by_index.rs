// A loop whose length depends on the index of another.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, 8> {
        let mut h = zeros([N, 8]);
        for t in 0..T {
            for s in 0..t {
                h = h + x.at(1, s);
            }
        }
        h
    }
}

fn main() {}
