// A memory budget that a checkpoint would keep.
use macrograd::prelude::*;

#[model(part)]
struct Block {
    up: nn::Linear<64, 256>,
    down: nn::Linear<256, 64>,
}

#[model]
impl Block {
    pub fn forward(&self, x: Tensor<_, 64>) -> Tensor<_, 64> {
        x + self.down(self.up(x).gelu())
    }
}

#[model(max_train_bytes = "5 MiB", at = Dims { n: 256 })]
struct Net {
    blocks: [Block; 6],
    head: nn::Linear<64, 10>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 64>, label: Tensor<u8, N>) -> Tensor {
        let mut x = x;
        for block in &self.blocks {
            x = block(x);
        }
        self.head(x).cross_entropy(label)
    }
}

fn main() {}
