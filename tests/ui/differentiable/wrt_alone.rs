// `wrt` without a name.
use macrograd::prelude::*;

#[differentiable(wrt)]
fn energy<N: Dim>(x: Tensor<N, 8>) -> Tensor {
    x.square().sum()
}

fn main() {}
