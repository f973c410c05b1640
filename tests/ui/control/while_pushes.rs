// A push in a `while`.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut y = self.fc(x);
        let mut ys = Vec::new();
        #[bound(4)]
        while y.mean() > 0.0 {
            y = y - 1.0;
            ys.push(y);
        }
        ys.stack(0).at(0, 0)
    }
}

fn main() {}
