// A struct without `#[tensors]`.
use macrograd::prelude::*;

struct State<N, const D: usize> {
    h: Vec<N>,
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, state: State<N, 8>) -> State<N, 8> {
        state
    }
}

fn main() {}
