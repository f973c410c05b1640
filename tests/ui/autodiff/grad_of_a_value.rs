// A gradient of a value in the place of a function.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        grad(self.energy(x), x)
    }

    pub fn energy<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        self.fc(x).square().sum()
    }
}

fn main() {}
