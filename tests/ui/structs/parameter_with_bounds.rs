// A parameter with further bounds.
use macrograd::prelude::*;

#[tensors]
struct State<N: Dim + AtMost<64>> {
    h: Tensor<N, 8>,
}

fn main() {}
