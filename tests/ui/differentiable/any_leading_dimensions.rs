// Dimensions that have no names.
use macrograd::prelude::*;

#[differentiable]
fn energy(x: Tensor<_, 8>) -> Tensor {
    x.square().sum()
}

fn main() {}
