// Fields without names.
use macrograd::prelude::*;

#[tensors]
struct State<N: Dim>(Tensor<N, 8>, Tensor<N, 8>);

fn main() {}
