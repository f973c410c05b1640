// A layer that is picked by the index of a scan.
use macrograd::prelude::*;

#[model]
struct Net {
    layers: [nn::Linear<8, 8>; 3],
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, 8> {
        let mut h = zeros([N, 8]);
        for t in 0..T {
            h = self.layers[t](h);
        }
        h
    }
}

fn main() {}
