// A layer that updates a buffer in a loop over a range.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
        norm: nn::BatchNorm1d<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, 8> {
        let mut h = zeros([N, 8]);
        for t in 0..T {
            h = self.norm(h + self.fc(x.at(1, t)));
        }
        h
    }
}

fn main() {}
