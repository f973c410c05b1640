// A model in the place of a struct.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>, layer: nn::Linear<8, 8>) -> Tensor<N, 8> {
        self.fc(x)
    }
}

fn main() {}
