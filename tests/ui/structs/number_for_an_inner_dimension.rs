// A number as the dimension of a struct inside.
use macrograd::prelude::*;

#[tensors]
struct State<N: Dim, const D: usize> {
    h: Tensor<N, D>,
    c: Tensor<N, D>,
}

#[tensors]
struct Pair<N: Dim> {
    first: State<N, 8>,
    second: State<2, 8>,
}

fn main() {}
