// An option that does not exist.
use macrograd::prelude::*;

#[differentiable(respect = x)]
fn energy<N: Dim>(x: Tensor<N, 8>) -> Tensor {
    x.square().sum()
}

fn main() {}
