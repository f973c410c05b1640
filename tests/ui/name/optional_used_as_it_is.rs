// An optional argument that is left out is used.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.masked(x)
    }

    fn masked<N: Dim>(&self, x: Tensor<N, 8>, mask: Option<Tensor<N, 1>>) -> Tensor<N, 8> {
        self.fc(x) * mask
    }
}

fn main() {}
