// `&&` of conditions on tensors.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        let y = self.fc(x);
        select(y > 0.0 && y < 1.0, y, 0.0)
    }
}

fn main() {}
