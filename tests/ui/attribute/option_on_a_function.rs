// An option of a model on one of its functions.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    #[model(max_train_bytes = "1 MiB")]
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        self.fc(x).sum()
    }
}

fn main() {}
