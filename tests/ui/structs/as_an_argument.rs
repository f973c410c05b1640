// A struct where a layer takes a tensor.
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
    pub fn forward<N: Dim>(&self, state: State<N, 8>) -> Tensor<N, 8> {
        self.fc(state)
    }
}

fn main() {}
