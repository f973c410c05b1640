// An initialiser without an argument that it needs.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(sparse(std = 0.1))]
    weight: Param<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight.sum()
    }
}

fn main() {}
