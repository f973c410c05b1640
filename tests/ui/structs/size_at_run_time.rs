// A dimension known at run time where the struct has a size.
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
    pub fn forward<N: Dim, M: Dim>(&self, state: State<N, M>) -> Tensor<N, M> {
        state.h
    }
}

fn main() {}
