// A push of two values.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut ys = Vec::new();
        ys.push(x, x);
        ys.stack(0).at(0, 0)
    }
}

fn main() {}
