// Branches that give different numbers of tensors.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let y = self.fc(x);
        let (a, b) = if y.mean() > 0.0 { (y, x) } else { y };
        a + b
    }
}

fn main() {}
