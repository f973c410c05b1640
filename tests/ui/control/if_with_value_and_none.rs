// A branch with a value, and one without.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let y = self.fc(x);
        let z = if y.mean() > 0.0 { y };
        z
    }
}

fn main() {}
