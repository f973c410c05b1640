// A vector has no inputs and outputs.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(xavier_uniform)]
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight.sum()
    }
}

fn main() {}
