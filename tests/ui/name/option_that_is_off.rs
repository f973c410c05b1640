// A layer that is off in this model.
use macrograd::prelude::*;

#[model(part)]
struct Block<const RESIDUAL: usize> {
    #[default(RESIDUAL == 1)]
    shortcut: Option<nn::Linear<8, 8>>,
}

#[model]
impl<const RESIDUAL: usize> Block<RESIDUAL> {
    fn forward(&self, x: Tensor<_, 8>) -> Tensor<_, 8> {
        self.shortcut(x)
    }
}

#[model]
struct Net {
    block: Block<0>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.block(x)
    }
}

fn main() {}
