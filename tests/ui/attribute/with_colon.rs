// Settings are written with `=`.
use macrograd::prelude::*;

#[model]
struct Net {
    #[with(bias: false)]
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
