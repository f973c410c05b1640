// A field whose type is a struct without `#[model]`.
use macrograd::prelude::*;

struct Encoder;

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
