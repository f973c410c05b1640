// More layers than a program holds.
use macrograd::prelude::*;

#[model]
struct Net {
    blocks: [nn::Linear<8, 8>; 1000000],
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut x = x;
        for block in &self.blocks {
            x = block(x);
        }
        x
    }
}

fn main() {}
