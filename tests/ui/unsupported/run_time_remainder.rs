// A remainder of a run-time size.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<Inferred> {
        (x * self.weight).slice(0..N % 2)
    }
}

fn main() {}
