// A value that is neither an argument nor a parameter.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        grad(self.energy, x, wrt = x)
    }

    pub fn energy<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        self.fc(x).sum()
    }
}

fn main() {}
