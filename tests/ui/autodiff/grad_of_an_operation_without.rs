// A gradient through an operation whose gradient has none.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<T, N, 8>, labels: Tensor<u32, N, 3>, lengths: Tensor<u32, N>) -> Tensor<T, N, 8> {
        grad(self.slope, x, labels, lengths)
    }

    pub fn slope<N: Dim, T: Dim>(&self, x: Tensor<T, N, 8>, labels: Tensor<u32, N, 3>, lengths: Tensor<u32, N>) -> Tensor {
        grad(self.loss, x, labels, lengths).square().sum()
    }

    pub fn loss<N: Dim, T: Dim>(&self, x: Tensor<T, N, 8>, labels: Tensor<u32, N, 3>, lengths: Tensor<u32, N>) -> Tensor {
        self.fc(x).log_softmax().ctc_loss(labels, lengths, lengths)
    }
}

fn main() {}
