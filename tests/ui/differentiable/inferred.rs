// The shape of the result is not declared.
use macrograd::prelude::*;

#[differentiable]
fn halves<N: Dim>(x: Tensor<N, 8>) -> Tensor<Inferred> {
    x[(.., 0..4)]
}

fn main() {}
