// A loop over a run-time dimension that changes the shape of what it carries.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
        half: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, 4> {
        let mut h = self.fc(x.at(1, 0));
        for t in 0..T {
            h = self.half(h * x.at(1, t));
        }
        h
    }
}

fn main() {}
