// A free function has no `self`.
use macrograd::prelude::*;

#[function]
fn swish<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
    x * x.sigmoid()
}

fn main() {}
