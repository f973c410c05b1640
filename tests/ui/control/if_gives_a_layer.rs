// A branch that gives a layer.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let y = self.fc(x);
        let layer = if y.mean() > 0.0 { self.fc } else { self.fc };
        layer(y)
    }
}

fn main() {}
