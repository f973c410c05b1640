// As many values as keys.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<T: Dim, S: Dim>(&self, query: Tensor<2, T, 8>, value: Tensor<2, S, 8>) -> Tensor<2, T, 8> {
        query.attention(query, value)
    }
}

fn main() {}
