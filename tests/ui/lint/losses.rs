// Losses that are given something else than what they take.
#![deny(deprecated)]
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn scores<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<u8, N>, target: Tensor<N, 4>) -> Tensor {
        let scores = self.fc(x);
        scores.nll_loss(label) + scores.bce_loss(target)
    }

    pub fn probs<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<u8, N>, target: Tensor<N, 4>) -> Tensor {
        let probs = self.fc(x).softmax();
        probs.nll_loss(label) + probs.kl_div(target)
    }
}

fn main() {}
