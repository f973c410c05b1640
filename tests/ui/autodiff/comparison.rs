// A parameter whose only way to the result is a comparison.
use macrograd::prelude::*;

#[model]
struct Net {
    threshold: Param<8>,
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<u8, N>) -> Tensor {
        let x = select(x > self.threshold, x, 0.0);
        self.fc(x).cross_entropy(label)
    }
}

fn main() {}
