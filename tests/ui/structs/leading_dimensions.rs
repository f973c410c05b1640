// Leading dimensions without a name.
use macrograd::prelude::*;

#[tensors]
struct State<const D: usize> {
    h: Tensor<_, D>,
}

fn main() {}
