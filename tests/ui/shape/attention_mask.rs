// A mask for other numbers of queries than there are: both shapes and the axis.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim, S: Dim>(
        &self,
        query: Tensor<N, 2, T, 8>,
        key: Tensor<N, 2, S, 8>,
        mask: Tensor<N, S>,
    ) -> Tensor<N, 2, T, 8> {
        query.attention(key, key, mask = mask > 0.5)
    }
}

fn main() {}
