// An optional argument of an operation in Rust.
use macrograd::prelude::*;

#[op]
fn scaled<N: Dim>(x: Tensor<N>, by: Option<Tensor>) -> Tensor<N> {
    out.fill(0.0)
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.fc(x)
    }
}

fn main() {}
