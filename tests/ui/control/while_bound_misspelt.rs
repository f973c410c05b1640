// An attribute that is no bound.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut y = self.fc(x);
        #[bounds(4)]
        while y.mean() > 0.0 {
            y = y - 1.0;
        }
        y
    }
}

fn main() {}
