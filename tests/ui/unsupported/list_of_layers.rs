// A tuple of layers as a loop's range.
use macrograd::prelude::*;

#[model]
struct Net {
    a: nn::Linear<8, 8>,
    b: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut y = x;
        for layer in [&self.a, &self.b] {
            y = layer(y);
        }
        y
    }
}

fn main() {}
