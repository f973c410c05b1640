// A loop whose `let` shadows the variable that was meant to change.
use macrograd::prelude::*;

#[model]
struct Net {
    blocks: [nn::Linear<8, 8>; 2],
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let x = x;
        for block in &self.blocks {
            let x = block(x);
        }
        x
    }
}

fn main() {}
