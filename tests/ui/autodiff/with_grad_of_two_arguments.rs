// `with_grad` with a function of two arguments.
use macrograd::prelude::*;

#[function]
fn clip(grad: Tensor<_>, most: Tensor<_>) -> Tensor<_> {
    grad.minimum(most)
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        with_grad(self.fc(x), clip)
    }
}

fn main() {}
