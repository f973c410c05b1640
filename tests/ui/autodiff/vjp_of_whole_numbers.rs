// A function of which not all results are real.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let (_, grad) = vjp(self.best, x, grad_output = x);
        grad
    }

    pub fn best<N: Dim>(&self, x: Tensor<N, 8>) -> (Tensor<N, 8>, Tensor<u32, N>) {
        let y = self.fc(x);
        (y, y.argmax(1))
    }
}

fn main() {}
