// A gradient with respect to whole numbers.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<u8, N>) -> Tensor<N, 8> {
        grad(self.loss, x, label, wrt = 1)
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<u8, N>) -> Tensor {
        self.fc(x).cross_entropy(label)
    }
}

fn main() {}
