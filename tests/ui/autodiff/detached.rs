// A parameter that no gradient reaches, because `detach` cuts it off.
use macrograd::prelude::*;

#[model]
struct Net {
    fc1: nn::Linear<8, 8>,
    fc2: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<u8, N>) -> Tensor {
        let hidden = self.fc1(x).relu().detach();
        self.fc2(hidden).cross_entropy(label)
    }
}

fn main() {}
