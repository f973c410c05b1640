// An argument that is taken apart.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, (x, y): (Tensor<N, 8>, Tensor<N, 8>)) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
