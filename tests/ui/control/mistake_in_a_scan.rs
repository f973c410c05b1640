// A mistake in a loop is one mistake.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, T, 8> {
        let mut h = zeros([N, 8]);
        let mut ys = Vec::new();
        for t in 0..T {
            h = self.fc(x.at(1, t).unsqueze(0)) + h;
            ys.push(h);
        }
        ys.stack(1) + h.unsqueeze(1)
    }
}

fn main() {}
