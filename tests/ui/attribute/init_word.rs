// A word that an initialiser does not know.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(kaiming_normal(mode = "fan_on"))]
    weight: Param<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight.sum()
    }
}

fn main() {}
