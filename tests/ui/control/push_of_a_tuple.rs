// A push of two tensors at once.
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
            ys.push((self.fc(x.at(1, t)), x.at(1, t)));
        }
        ys.stack(1).at(1, 0)
    }
}

fn main() {}
