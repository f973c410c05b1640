// A list of settings of another length than the stack.
use macrograd::prelude::*;

#[model]
struct Net {
    #[with(rate = [0.0, 0.1])]
    layers: [nn::Dropout; 3],
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut x = x;
        for layer in &self.layers {
            x = layer(x);
        }
        x
    }
}

fn main() {}
