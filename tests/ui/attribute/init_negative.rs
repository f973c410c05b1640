// A negative standard deviation.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(normal(-0.5))]
    weight: Param<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        x * self.weight.sum()
    }
}

fn main() {}
