// A layer that is called but has no `forward`.
use macrograd::prelude::*;

#[model(part)]
struct Encoder {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Encoder {
    fn encode(&self, x: Tensor<_, 8>) -> Tensor<_, 4> {
        self.fc(x)
    }
}

#[model]
struct Net {
    encoder: Encoder,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.encoder(x)
    }
}

fn main() {}
