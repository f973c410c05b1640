// A list where a tensor belongs.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<2, N, 4> {
        [self.fc(x), self.fc(-x)]
    }
}

fn main() {}
