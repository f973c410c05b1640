// An index past the end of a stack.
use macrograd::prelude::*;

#[model]
struct Net {
    blocks: [nn::Linear<8, 8>; 2],
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.blocks[2](x)
    }
}

fn main() {}
