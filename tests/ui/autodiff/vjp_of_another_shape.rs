// The gradient of a result has another shape.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let (_, grad) = vjp(self.hidden, x, grad_output = x.sum(1));
        grad
    }

    pub fn hidden<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.fc(x)
    }
}

fn main() {}
