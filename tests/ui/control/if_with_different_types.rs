// Branches of different element types.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let y = self.fc(x);
        if y.mean() > 0.0 { y } else { y > 0.5 }
    }
}

fn main() {}
