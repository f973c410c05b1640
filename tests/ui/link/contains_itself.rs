// A model that contains itself.
use macrograd::prelude::*;

#[model]
struct Net {
    inner: Net,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.inner(x)
    }
}

fn main() {}
