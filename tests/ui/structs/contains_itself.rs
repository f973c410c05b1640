// A struct inside itself.
use macrograd::prelude::*;

#[tensors]
struct State<N: Dim> {
    h: Tensor<N, 8>,
    next: State<N>,
}

fn main() {}
