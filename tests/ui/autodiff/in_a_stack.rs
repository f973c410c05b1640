// A parameter of the elements of a stack that no gradient reaches.
use macrograd::prelude::*;

#[model(part)]
struct Block {
    fc: nn::Linear<8, 8>,
    scale: Param<8>,
}

#[model]
impl Block {
    fn forward(&self, x: Tensor<_, 8>) -> Tensor<_, 8> {
        self.fc(x)
    }
}

#[model]
struct Net {
    blocks: [Block; 3],
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        let mut x = x;
        for block in &self.blocks {
            x = block(x);
        }
        x.mean()
    }
}

fn main() {}
