// A loop that changes the number of axes it carries.
use macrograd::prelude::*;

#[model]
struct Net {
    layers: [nn::Linear<8, 8>; 3],
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 2, 8>) -> Tensor<N, 16> {
        let mut y = x;
        for layer in &self.layers {
            y = layer(y).reshape([N, 1, 2, 8]);
        }
        y.flatten(1)
    }
}

fn main() {}
