// A pattern of another struct.
use macrograd::prelude::*;

#[tensors]
struct State<N: Dim, const D: usize> {
    h: Tensor<N, D>,
    c: Tensor<N, D>,
}

#[tensors]
struct Memory<N: Dim, const D: usize> {
    h: Tensor<N, D>,
    c: Tensor<N, D>,
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, memory: Memory<N, 8>) -> Tensor<N, 8> {
        let State { h, c } = memory;
        self.fc(h) + c
    }
}

fn main() {}
