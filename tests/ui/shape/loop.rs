// A loop that changes the shape it carries.
use macrograd::prelude::*;

#[model]
struct Net {
    layers: [nn::Linear<8, 4>; 3],
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        let mut y = x;
        for layer in &self.layers {
            y = layer(y);
        }
        y
    }
}

fn main() {}
