// `wrt` names no argument.
use macrograd::prelude::*;

#[differentiable(wrt = y)]
fn energy<N: Dim>(x: Tensor<N, 8>, label: Tensor<u8, N>) -> Tensor {
    x.cross_entropy(label)
}

fn main() {}
