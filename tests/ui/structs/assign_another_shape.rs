// A field that is assigned a value of another shape.
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
        let mut state = state;
        state.h = self.fc(state.h).sum(1);
        state
    }
}

fn main() {}
