//! A multi-layer perceptron, as in `tests/golden/models.py`.

use macrograd::prelude::*;

#[model]
pub struct Mlp {
    fc1: nn::Linear<64, 48>,
    fc2: nn::Linear<48, 32>,
    fc3: nn::Linear<32, 10>,
}

#[model]
impl Mlp {
    /// Class scores.
    pub fn forward<N: Dim>(&self, image: Tensor<N, 64>) -> Tensor<N, 10> {
        let x = self.fc1(image).relu();
        let x = self.fc2(x).tanh();
        self.fc3(x)
    }

    /// Mean cross-entropy.
    pub fn loss<N: Dim>(&self, image: Tensor<N, 64>, label: Tensor<u8, N>) -> Tensor {
        self.forward(image).cross_entropy(label)
    }
}
