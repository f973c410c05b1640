// A `while` that changes nothing.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        #[bound(4)]
        while x.mean() > 0.0 {
            let y = self.fc(x);
        }
        x
    }
}

fn main() {}
