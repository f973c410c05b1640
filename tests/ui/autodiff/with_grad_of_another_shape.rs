// `with_grad` with a function that changes the shape.
use macrograd::prelude::*;

#[function]
fn clip(grad: Tensor<_>) -> Tensor {
    grad.sum()
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
