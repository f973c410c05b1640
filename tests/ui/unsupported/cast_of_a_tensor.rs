// Casts of tensors to what no tensor is made of.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x) as usize
    }

    pub fn is_positive<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<bool, N, 8> {
        x as bool
    }
}

fn main() {}
