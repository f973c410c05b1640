// Labels are whole numbers.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<N>) -> Tensor {
        self.fc(x).cross_entropy(label)
    }
}

fn main() {}
