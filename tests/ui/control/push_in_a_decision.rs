// A push that depends on a value.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut ys = Vec::new();
        ys.push(self.fc(x));
        if x.sum() > 0.0 {
            ys.push(x);
        }
        ys.stack(0).at(0, 0)
    }
}

fn main() {}
