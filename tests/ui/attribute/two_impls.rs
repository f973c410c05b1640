// A model has one impl under `#[model]`.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        self.forward(x).mean()
    }
}

fn main() {}
