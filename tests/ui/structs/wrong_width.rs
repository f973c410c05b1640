// A value of another width than the field beside it.
use macrograd::prelude::*;

#[tensors]
struct State<N: Dim, const D: usize> {
    h: Tensor<N, D>,
    c: Tensor<N, D>,
}

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, state: State<N, 8>) -> State<N, 8> {
        State { h: state.h, c: self.fc(state.c) }
    }
}

fn main() {}
