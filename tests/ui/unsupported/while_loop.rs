// `while`.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        let mut y = self.fc(x);
        while y.mean() > 0.0 {
            y = y - 1.0;
        }
        y
    }
}

fn main() {}
