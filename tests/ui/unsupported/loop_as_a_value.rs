// A loop as a value.
use macrograd::prelude::*;

#[model]
struct Net {
    blocks: [nn::Linear<8, 8>; 2],
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let y = for block in &self.blocks {
            block(x);
        };
        y
    }
}

fn main() {}
