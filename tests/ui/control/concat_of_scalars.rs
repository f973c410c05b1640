// Scalars that are joined along an axis.
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
            ys.push(self.fc(x.at(1, t)).sum());
        }
        x.at(1, 0) * ys.concat(0).sum()
    }
}

fn main() {}
