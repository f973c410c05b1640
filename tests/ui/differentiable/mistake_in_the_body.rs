// One mistake is one error.
use macrograd::prelude::*;

#[differentiable]
fn energy<N: Dim>(x: Tensor<N, 8>, y: Tensor<N, 7>) -> Tensor {
    (x * y).sum()
}

fn main() {}
