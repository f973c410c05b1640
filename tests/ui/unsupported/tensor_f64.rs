// Tensors of `f64`.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<f64, N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
