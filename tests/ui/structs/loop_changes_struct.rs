// A loop that leaves another struct.
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
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<T, N, 8>, state: State<N, 8>) -> Tensor<N, 8> {
        let mut state = state;
        for row in x {
            state = (state.h, self.fc(row));
        }
        state.h
    }
}

fn main() {}
