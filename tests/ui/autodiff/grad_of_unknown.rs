// A gradient of a function that the model does not have.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        grad(self.enrgy, x)
    }

    pub fn energy<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        self.fc(x).square().sum()
    }
}

fn main() {}
