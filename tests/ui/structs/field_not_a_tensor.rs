// A field that is no tensor.
use macrograd::prelude::*;

#[tensors]
struct Counted<N: Dim> {
    h: Tensor<N, 8>,
    count: usize,
}

fn main() {}
