// A loop over a tensor.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        let mut y = self.fc(x);
        for row in x {
            y = y + 1.0;
        }
        y
    }
}

fn main() {}
