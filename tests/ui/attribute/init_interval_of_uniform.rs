// A uniform interval that ends before it begins.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(uniform(low = 1.0, high = -1.0))]
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight
    }
}

fn main() {}
