// Heads of keys that cannot be shared evenly: both numbers.
use macrograd::prelude::*;

#[model]
struct Net {}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(
        &self,
        query: Tensor<N, 6, T, 8>,
        key: Tensor<N, 4, T, 8>,
        value: Tensor<N, 4, T, 8>,
    ) -> Tensor<N, 6, T, 8> {
        query.attention(key, value, causal = true)
    }
}

fn main() {}
