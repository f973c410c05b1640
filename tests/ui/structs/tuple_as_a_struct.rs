// A tuple where a struct is declared.
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
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> State<N, 8> {
        (self.fc(x), x)
    }
}

fn main() {}
