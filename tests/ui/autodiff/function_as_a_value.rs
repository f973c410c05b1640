// Gradients as PyTorch and JAX spell them.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        self.fc(x).square().mean()
    }

    pub fn slope<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x.grad(self.loss)
    }

    pub fn step<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        let loss = self.loss(x);
        loss.backward();
        loss
    }
}

fn main() {}
