// A loop over the stack that a loop around it runs over.
use macrograd::prelude::*;

#[model]
struct Net {
    layers: [nn::Linear<8, 8>; 3],
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut y = x;
        for layer in &self.layers {
            for other in &self.layers {
                y = layer(y) + other(y);
            }
        }
        y
    }
}

fn main() {}
