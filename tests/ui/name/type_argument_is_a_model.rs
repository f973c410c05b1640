// A model where a number is expected.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, nn::Relu>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
