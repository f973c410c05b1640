// A norm of norms: what depends on others is filled last.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(norm_of(lengths))]
    weight_g: Param<1, 1>,
    #[init(norm_of(weight_v))]
    lengths: Param<4, 1>,
    weight_v: Param<4, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        x.matmul((self.weight_g * self.weight_v).t())
    }
}

fn main() {}
