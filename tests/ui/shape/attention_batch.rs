// Keys of another batch.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, query: Tensor<N, 2, T, 8>, key: Tensor<1, 2, T, 8>) -> Tensor<N, 2, T, 8> {
        query.attention(key, key)
    }
}

fn main() {}
