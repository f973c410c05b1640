// A value of another shape than the fields beside it.
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
        State { h: self.fc(state.h), c: state.c.sum(1) }
    }
}

fn main() {}
