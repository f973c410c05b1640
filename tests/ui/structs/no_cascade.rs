// A mistake in a struct is reported once, and uses of the struct are no further mistakes.
use macrograd::prelude::*;

#[tensors]
struct State<N: Dim> {
    h: Tensor<N, 8>,
    count: usize,
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>, state: State<N>) -> (Tensor<N, 8>, State<N>) {
        (self.fc(x) + state.h, state)
    }
}

fn main() {}
