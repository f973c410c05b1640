// More optional arguments of a function that Rust calls than are compiled for each choice.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(
        &self,
        x: Tensor<N, 8>,
        mask: Option<Tensor<N>>,
        scale: Option<Tensor>,
        bias: Option<Tensor<8>>,
    ) -> Tensor<N, 8> {
        self.fc(x) * scale.unwrap_or(1.0) + bias.unwrap_or(0.0) * mask.unwrap_or(1.0).unsqueeze(1)
    }
}

fn main() {}
