// A dimension that is known from an optional argument only.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, M: Dim>(&self, x: Tensor<N, 8>, other: Option<Tensor<M, 8>>) -> Tensor {
        if let Some(other) = other { self.fc(other).sum() } else { self.fc(x).sum() }
    }
}

fn main() {}
