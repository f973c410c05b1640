// A name in files that is no text.
use macrograd::prelude::*;

#[model]
struct Net {
    #[rename(fc1)]
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
