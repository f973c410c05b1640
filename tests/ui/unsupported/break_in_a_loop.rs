// `break`.
use macrograd::prelude::*;

#[model]
struct Net {
    blocks: [nn::Linear<8, 8>; 2],
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut y = x;
        for block in &self.blocks {
            y = block(y);
            break;
        }
        y
    }
}

fn main() {}
