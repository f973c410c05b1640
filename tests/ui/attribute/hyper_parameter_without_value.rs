// A hyper-parameter that nobody sets.
use macrograd::prelude::*;

#[model(part)]
struct Scale {
    factor: f32,
}

#[model]
impl Scale {
    fn forward(&self, x: Tensor<_>) -> Tensor<Inferred> {
        x * self.factor
    }
}

#[model]
struct Net {
    scale: Scale,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.scale(x)
    }
}

fn main() {}
