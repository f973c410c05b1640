// A loop that assigns to a variable that is not declared.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, 8> {
        for t in 0..T {
            h = self.fc(x.at(1, t));
        }
        h
    }
}

fn main() {}
