// A value of another type of elements.
use macrograd::prelude::*;

#[tensors]
struct Labelled<N: Dim> {
    label: Tensor<u8, N>,
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Labelled<N> {
        Labelled { label: self.fc(x).sum(1) }
    }
}

fn main() {}
