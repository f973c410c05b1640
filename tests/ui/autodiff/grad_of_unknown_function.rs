// A gradient of a free function that does not exist here.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        grad(energy, x)
    }

    pub fn energy<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        self.fc(x).square().sum()
    }
}

fn main() {}
