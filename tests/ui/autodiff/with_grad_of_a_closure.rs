// `with_grad` with a closure.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        with_grad(self.fc(x), |grad| grad * 2.0)
    }
}

fn main() {}
