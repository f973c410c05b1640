// A tensor that is reversed in place.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut y = self.fc(x);
        y.reverse();
        y
    }
}

fn main() {}
