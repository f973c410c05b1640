// A layer that no gradient reaches: one error for the layer, not one for each parameter.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
    other: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<u8, N>) -> Tensor {
        self.fc(x).cross_entropy(label)
    }
}

fn main() {}
