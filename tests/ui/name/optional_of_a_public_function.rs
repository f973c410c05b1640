// An optional argument of a function that Rust calls.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>, mask: Option<Tensor<N>>) -> Tensor<N, 8> {
        if let Some(mask) = mask { self.fc(x) * mask.unsqueeze(1) } else { self.fc(x) }
    }
}

fn main() {}
