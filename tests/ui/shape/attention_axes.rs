// Queries without an axis of heads.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<T: Dim>(&self, query: Tensor<T, 8>) -> Tensor<T, 8> {
        query.attention(query, query)
    }
}

fn main() {}
