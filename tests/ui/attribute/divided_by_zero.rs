// A size that is divided by zero.
use macrograd::prelude::*;

#[model(part)]
struct Heads<const D: usize, const HEADS: usize> {
    scale: Param<{ D / HEADS }>,
}

#[model]
impl<const D: usize, const HEADS: usize> Heads<D, HEADS> {
    fn forward(&self, x: Tensor<_, D>) -> Tensor<_, D> {
        x * self.scale.sum()
    }
}

#[model]
struct Net {
    attention: Heads<8, 0>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.attention(x)
    }
}

fn main() {}
