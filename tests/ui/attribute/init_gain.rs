// The gain of a nonlinearity that has none.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(xavier_normal(gain = "gelu"))]
    weight: Param<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight.sum()
    }
}

fn main() {}
