// A size over the bound that a layer declares.
use macrograd::prelude::*;

#[model(part)]
struct Positions<const LIMIT: usize> {
    table: Param<LIMIT, 8>,
}

#[model]
impl<const LIMIT: usize> Positions<LIMIT> {
    fn forward<N: Dim, T: Dim + AtMost<LIMIT>>(&self, x: Tensor<N, T, 8>) -> Tensor<N, T, 8> {
        x + self.table[(0..T, ..)]
    }
}

#[model]
struct Net {
    positions: Positions<16>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 32, 8>) -> Tensor<N, 32, 8> {
        self.positions(x)
    }
}

fn main() {}
