// Two ways to give an interval at once.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(uniform(bound = 1.0, high = 2.0))]
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight
    }
}

fn main() {}
