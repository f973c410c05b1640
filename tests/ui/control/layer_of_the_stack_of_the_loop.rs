// A layer by its number in a loop over the same stack.
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
            y = layer(y) + self.layers[0](y);
        }
        y
    }
}

fn main() {}
