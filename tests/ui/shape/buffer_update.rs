// A new value of another shape for a buffer.
use macrograd::prelude::*;

#[model]
struct Net {
    mean: Buffer<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.mean.update(x);
        x - self.mean
    }
}

fn main() {}
