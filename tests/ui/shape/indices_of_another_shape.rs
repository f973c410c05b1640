// Indices that do not belong to what they put back.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8, 8>) -> Tensor<N, 8, 8> {
        let (maxima, indices) = (x * self.weight).max_pool1d_with_indices(2);
        maxima.max_pool1d(2).max_unpool1d(indices, 2)
    }
}

fn main() {}
