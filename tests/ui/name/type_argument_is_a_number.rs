// A number where a model is expected.
use macrograd::prelude::*;

#[model(part)]
struct Residual<M: Model> {
    inner: M,
}

#[model]
impl<M: Model> Residual<M> {
    fn forward(&self, x: Tensor<_, 8>) -> Tensor<_, 8> {
        x + self.inner(x)
    }
}

#[model]
struct Net {
    block: Residual<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.block(x)
    }
}

fn main() {}
