// A value whose width is known at run time only.
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
    pub fn forward<N: Dim, M: Dim>(&self, x: Tensor<N, M>) -> Tensor<N> {
        let state = State { h: x, c: x };
        state.h.sum(1)
    }
}

fn main() {}
