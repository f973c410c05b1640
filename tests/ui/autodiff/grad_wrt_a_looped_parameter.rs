// The gradient of one element of a stack over which the function loops.
use macrograd::prelude::*;

#[model]
struct Net {
    layers: [nn::Linear<8, 8>; 3],
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<8, 8> {
        grad(self.energy, x, wrt = self.layers[1].weight)
    }

    pub fn energy<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        let mut x = x;
        for layer in &self.layers {
            x = layer(x).tanh();
        }
        x.sum()
    }
}

fn main() {}
