// Norms of rows are as many as there are rows.
use macrograd::prelude::*;

#[model]
struct Net {
    #[init(norm_of(weight_v))]
    weight_g: Param<4>,
    weight_v: Param<4, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        x.matmul((self.weight_g * self.weight_v).t())
    }
}

fn main() {}
