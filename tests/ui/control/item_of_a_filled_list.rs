// An item of a list that a loop has filled.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, 8> {
        let mut ys = Vec::new();
        for t in 0..T {
            ys.push(self.fc(x.at(1, t)));
        }
        ys[0]
    }
}

fn main() {}
