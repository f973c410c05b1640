// A push that not every iteration does.
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
            if x.at(1, t).sum() > 0.0 {
                ys.push(self.fc(x.at(1, t)));
            }
        }
        ys.stack(1).at(1, 0)
    }
}

fn main() {}
