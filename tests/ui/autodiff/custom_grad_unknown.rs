// A `custom_grad` that names a function that is not there.
use macrograd::prelude::*;

#[function]
#[custom_grad(scaled_back)]
fn scaled(x: Tensor<_>) -> Tensor<_> {
    x * 2.0
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        scaled(self.fc(x))
    }
}

fn main() {}
