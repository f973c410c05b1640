// A binary cross-entropy by hand: both of its logarithms.
#![deny(deprecated)]
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 1>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>, target: Tensor<N, 1>) -> Tensor {
        let p = self.fc(x).sigmoid();
        -(target * p.ln() + (1.0 - target) * (1.0 - p).ln()).mean()
    }
}

fn main() {}
