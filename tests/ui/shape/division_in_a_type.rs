// An inexact division in the type of a field.
use macrograd::prelude::*;

#[model(part)]
struct Half<const D: usize> {
    fc: nn::Linear<D, { D / 2 }>,
}

#[model]
impl<const D: usize> Half<D> {
    fn forward(&self, x: Tensor<_, D>) -> Tensor<Inferred> {
        self.fc(x)
    }
}

#[model]
struct Net {
    half: Half<7>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 7>) -> Tensor<N, 3> {
        self.half(x)
    }
}

fn main() {}
