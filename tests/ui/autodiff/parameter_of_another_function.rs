// A parameter that only another function uses.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
    head: nn::Linear<8, 2>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 2> {
        self.head(x)
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<u8, N>) -> Tensor {
        self.fc(x).cross_entropy(label)
    }
}

fn main() {}
