// A place other than the index of a value that the loop makes.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, 8> {
        let mut h = x;
        for t in 1..T {
            h = h * self.fc(h).at(1, t - 1).unsqueeze(1);
        }
        h.at(1, 0)
    }
}

fn main() {}
