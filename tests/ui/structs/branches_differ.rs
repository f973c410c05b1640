// Branches that give a struct and a tuple.
use macrograd::prelude::*;

#[tensors]
struct State<N: Dim, const D: usize> {
    h: Tensor<N, D>,
    c: Tensor<N, D>,
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, state: State<N, 8>) -> State<N, 8> {
        if state.h.mean() > 0.0 { state } else { (state.c, state.h) }
    }
}

fn main() {}
