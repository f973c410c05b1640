// A model that computes in one type inside a model that computes in another.
use macrograd::prelude::*;

#[model(dtype = f64)]
struct Encoder {
    fc: nn::Linear<3, 4>,
}

#[model]
impl Encoder {
    fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

#[model]
struct Net {
    encoder: Encoder,
}

#[model]
impl Net {
    fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 4> {
        self.encoder(x)
    }
}

fn main() {}
