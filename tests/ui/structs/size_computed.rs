// A size that is computed from a parameter.
use macrograd::prelude::*;

#[tensors]
struct Gates<N: Dim, const D: usize> {
    state: Tensor<N, D>,
    gates: Tensor<N, { 4 * D }>,
}

fn main() {}
