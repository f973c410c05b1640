// A parameter that no field has.
use macrograd::prelude::*;

#[tensors]
struct State<N: Dim, M: Dim> {
    h: Tensor<N, 8>,
}

fn main() {}
