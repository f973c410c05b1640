// Tensors of `usize`.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<usize, N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
