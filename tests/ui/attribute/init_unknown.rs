// An initialiser that is not there, with the one that is meant.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(kaiming_unifrom)]
    scale: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.scale
    }
}

fn main() {}
