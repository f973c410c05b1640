// A dimension in a signature that nothing declares.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, T, 4> {
        self.fc(x)
    }
}

fn main() {}
