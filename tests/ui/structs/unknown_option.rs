// An unknown option.
use macrograd::prelude::*;

#[tensors(part)]
struct State<N: Dim> {
    h: Tensor<N, 8>,
}

fn main() {}
