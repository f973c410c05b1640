// An option that `#[model]` does not have, with the one that is meant.
use macrograd::prelude::*;

#[model(sequental)]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
