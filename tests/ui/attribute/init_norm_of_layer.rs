// A layer has several tensors.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(norm_of(fc))]
    weight_g: Param<4, 1>,
    weight_v: Param<4, 8>,
    fc: nn::Linear<4, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        x.matmul((self.weight_g * self.weight_v).t())
    }
}

fn main() {}
