// Branches that give structs of different shapes.
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
    pub fn forward<N: Dim>(&self, state: State<N, 8>) -> Tensor {
        let next =
            if state.h.mean() > 0.0 { state } else { State { h: self.fc(state.h), c: self.fc(state.c) } };
        next.h.mean()
    }
}

fn main() {}
