// Queries and keys of different length.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, query: Tensor<N, 2, T, 8>, key: Tensor<N, 2, T, 4>) -> Tensor<N, 2, T, 4> {
        attention(query, key, key)
    }
}

fn main() {}
