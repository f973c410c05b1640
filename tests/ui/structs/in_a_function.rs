// A mistake in the signature of a function is reported once, though a model calls it.
use macrograd::prelude::*;

#[tensors]
struct State<N: Dim, const D: usize> {
    h: Tensor<N, D>,
    c: Tensor<N, D>,
}

#[function]
fn total<N: Dim>(state: State<N>) -> Tensor<N, 8> {
    state.h + state.c
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, state: State<N, 8>) -> Tensor<N, 8> {
        self.fc(total(state))
    }
}

fn main() {}
