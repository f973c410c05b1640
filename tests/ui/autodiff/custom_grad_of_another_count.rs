// Two gradients for one argument.
use macrograd::prelude::*;

#[function]
fn scaled_backward(x: Tensor<_>, y: Tensor<_>, grad: Tensor<_>) -> (Tensor<_>, Tensor<_>) {
    (x * grad, y * grad)
}

#[function]
#[custom_grad(scaled_backward)]
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
