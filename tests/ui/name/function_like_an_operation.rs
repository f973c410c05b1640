// A free function of the name of an operation.
use macrograd::prelude::*;

#[function]
fn flip<N: Dim>(x: Tensor<N, 8>) -> Tensor<N, 8> {
    -x
}

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
