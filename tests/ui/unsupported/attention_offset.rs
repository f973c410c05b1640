// An offset that does nothing.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<T: Dim>(&self, query: Tensor<2, T, 8>) -> Tensor<2, T, 8> {
        query.attention(query, query, causal_offset = 1)
    }
}

fn main() {}
