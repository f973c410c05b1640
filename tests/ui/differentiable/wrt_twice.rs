// `wrt` names an argument twice.
use macrograd::prelude::*;

#[differentiable(wrt = [x, x])]
fn energy<N: Dim>(x: Tensor<N, 8>) -> Tensor {
    x.square().sum()
}

fn main() {}
