// A stack called as one layer.
use macrograd::prelude::*;

#[model]
struct Net {
    blocks: [nn::Linear<8, 8>; 2],
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.blocks(x)
    }
}

fn main() {}
