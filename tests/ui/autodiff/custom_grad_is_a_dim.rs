// A `custom_grad` that names a constant.
use macrograd::prelude::*;

#[dim]
const SCALE: usize = 2;

#[function]
#[custom_grad(SCALE)]
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
