// An optional argument of another shape.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.masked(x, Some(x))
    }

    fn masked<N: Dim>(&self, x: Tensor<N, 8>, mask: Option<Tensor<N, 1>>) -> Tensor<N, 8> {
        if let Some(mask) = mask { self.fc(x) * mask } else { self.fc(x) }
    }
}

fn main() {}
