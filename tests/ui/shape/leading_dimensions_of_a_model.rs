// Unnamed leading dimensions in a model that is compiled.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward(&self, x: Tensor<_, 8>) -> Tensor<_, 8> {
        x * self.weight
    }
}

fn main() {}
