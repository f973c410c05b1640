// `allow` without the names of lints.
use macrograd::prelude::*;

#[model(allow)]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        self.fc(x).sum()
    }
}

fn main() {}
