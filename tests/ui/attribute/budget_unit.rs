// A memory budget in an unknown unit.
use macrograd::prelude::*;

#[model(max_train_bytes = "64 MB")]
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
