// Pooling by a power of zero.
use macrograd::prelude::*;

#[model]
struct Net {
    #[with(norm_type = 0.0)]
    pool: nn::LpPool2d<2>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 1, 4, 4>) -> Tensor<N, 1, 2, 2> {
        self.pool(x)
    }
}

fn main() {}
