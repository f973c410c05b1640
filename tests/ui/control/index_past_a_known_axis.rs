// An index that runs past an axis of known size.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 10, 8>) -> Tensor<N, 8> {
        let mut h = zeros([N, 8]);
        for t in 0..12 {
            h = h + self.fc(x.at(1, t));
        }
        h
    }
}

fn main() {}
