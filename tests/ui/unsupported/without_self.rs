// A function without `self`.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn double<N: Dim>(x: Tensor<N, 8>) -> Tensor<N, 8> {
        x
    }
}

fn main() {}
