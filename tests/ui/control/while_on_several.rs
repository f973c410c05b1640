// A condition with several elements.
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
        while y > 0.0 {
            y = y - 1.0;
        }
        y
    }
}

fn main() {}
