// Labels that are not one for each row of scores.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<u8, N, 4>) -> Tensor {
        self.fc(x).cross_entropy(label)
    }
}

fn main() {}
