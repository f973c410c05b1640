// A pattern other than `Some`.
use macrograd::prelude::*;

#[model]
struct Net {
    bias: Option<Param<8>>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        if let None = self.bias { x } else { x + 1.0 }
    }
}

fn main() {}
