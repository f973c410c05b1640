// A layer with a buffer in a checkpoint.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
        norm: nn::BatchNorm1d<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        checkpoint(self.norm(self.fc(x)))
    }
}

fn main() {}
