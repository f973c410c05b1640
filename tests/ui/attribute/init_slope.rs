// A slope for a nonlinearity without one.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(kaiming_uniform(a = 0.2, nonlinearity = "relu"))]
    weight: Param<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight.sum()
    }
}

fn main() {}
