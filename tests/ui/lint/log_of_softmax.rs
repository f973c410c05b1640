// A logarithm of probabilities, through a variable and a function: shown at the logarithm.
#![deny(deprecated)]
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn probs<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x).softmax()
    }

    pub fn entropy<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        let p = self.probs(x);
        -(p * p.ln()).sum()
    }
}

fn main() {}
