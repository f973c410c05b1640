// Pushes of different shapes to one list.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, 8> {
        let mut ys = Vec::new();
        ys.push(self.fc(x.at(1, 0)).at(1, 0));
        for t in 0..T {
            ys.push(self.fc(x.at(1, t)));
        }
        ys.stack(1).at(1, 0)
    }
}

fn main() {}
