// A softmax that says nothing.
#![deny(deprecated)]
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
    score: nn::Linear<8, 1>,
}

#[model]
impl Net {
    pub fn twice<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        self.fc(x).softmax().log_softmax().mean()
    }

    pub fn of_one<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<u8, N>) -> Tensor {
        self.score(x).cross_entropy(label)
    }
}

fn main() {}
