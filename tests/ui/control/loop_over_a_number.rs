// A loop over a number.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut y = x;
        for t in 3 {
            y = self.fc(y);
        }
        y
    }
}

fn main() {}
