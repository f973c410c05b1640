// A `custom_grad` that names no function.
use macrograd::prelude::*;

#[function]
#[custom_grad]
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
