// A `custom_grad` on a function of a model.
use macrograd::prelude::*;

#[function]
fn scaled_backward(x: Tensor<_>, y: Tensor<_>, grad: Tensor<_>) -> Tensor<_> {
    (x + y) * grad
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.scaled(x)
    }

    #[custom_grad(scaled_backward)]
    pub fn scaled<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.fc(x)
    }
}

fn main() {}
