// A struct in a function with a gradient of its own.
use macrograd::prelude::*;

#[tensors]
struct State<N: Dim, const D: usize> {
    h: Tensor<N, D>,
    c: Tensor<N, D>,
}

#[function]
fn backward<N: Dim>(
    h: Tensor<N, 8>,
    c: Tensor<N, 8>,
    y: Tensor<N, 8>,
    grad: Tensor<N, 8>,
) -> (Tensor<N, 8>, Tensor<N, 8>) {
    (grad, grad)
}

#[function]
#[custom_grad(backward)]
fn total<N: Dim>(state: State<N, 8>) -> Tensor<N, 8> {
    state.h + state.c
}

fn main() {}
