// The gradient of a function that returns no scalar.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        grad(self.hidden, x)
    }

    pub fn hidden<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.fc(x)
    }
}

fn main() {}
