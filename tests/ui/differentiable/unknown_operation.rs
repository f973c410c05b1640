// One mistake is one error, with its suggestion.
use macrograd::prelude::*;

#[differentiable]
fn energy<N: Dim>(x: Tensor<N, 8>) -> Tensor {
    x.sqare().sum()
}

fn main() {}
