// The gradient of a function with two results.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        grad(self.pair, x)
    }

    pub fn pair<N: Dim>(&self, x: Tensor<N, 8>) -> (Tensor, Tensor) {
        (self.fc(x).sum(), x.sum())
    }
}

fn main() {}
