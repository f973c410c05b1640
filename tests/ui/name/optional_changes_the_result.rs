// A result whose shape depends on whether an argument is given.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>, mask: Option<Tensor<N>>) -> Tensor<Inferred> {
        if mask.is_some() { self.fc(x) } else { self.fc(x).sum(1) }
    }
}

fn main() {}
