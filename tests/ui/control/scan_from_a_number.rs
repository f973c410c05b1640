// A state that starts as a number and becomes a tensor.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, 8> {
        let mut h = 0.0;
        for t in 0..T {
            h = self.fc(x.at(1, t)) + h;
        }
        h
    }
}

fn main() {}
