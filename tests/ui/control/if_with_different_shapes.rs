// Branches of different shapes.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
        half: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let y = self.fc(x);
        if y.mean() > 0.0 { y } else { self.half(y) }
    }
}

fn main() {}
