// A number of heads that does not divide the width: both numbers.
use macrograd::prelude::*;

#[model(part)]
struct Attention<const D: usize, const H: usize> {
    query: nn::Linear<D, D>,
}

#[model]
impl<const D: usize, const H: usize> Attention<D, H> {
    fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, D>) -> Tensor<N, T, H, { D / H }> {
        self.query(x).reshape([N, T, H, D / H])
    }
}

#[model]
struct Net {
    attention: Attention<10, 3>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, 10>) -> Tensor<N, T, 3, 3> {
        self.attention(x)
    }
}

fn main() {}
