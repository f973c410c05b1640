// A parameter that no gradient reaches, because nothing uses it.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
    scale: Param<4>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<u8, N>) -> Tensor {
        self.fc(x).cross_entropy(label)
    }
}

fn main() {}
