// A loop over the rows of a scalar.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut y = x;
        for row in x.sum() {
            y = y + row;
        }
        y
    }
}

fn main() {}
