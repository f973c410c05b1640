// A `while` that changes the shape it carries.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut y = self.fc(x);
        #[bound(4)]
        while y.mean() > 0.0 {
            y = y.unsqueeze(0);
        }
        y
    }
}

fn main() {}
