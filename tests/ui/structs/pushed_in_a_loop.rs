// A struct that a loop pushes.
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
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<T, N, 8>, state: State<N, 8>) -> Tensor<T, N, 8> {
        let mut states = Vec::new();
        for row in x {
            states.push(State { h: self.fc(row), c: row });
        }
        states.stack(0)
    }
}

fn main() {}
