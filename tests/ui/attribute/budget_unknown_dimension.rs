// A memory budget at a size of a dimension that no function has.
use macrograd::prelude::*;

#[model(max_train_bytes = "1 MiB", at = Dims { batch: 128 })]
struct Net {
    fc: nn::Linear<784, 10>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 784>, label: Tensor<u8, N>) -> Tensor {
        self.fc(x).cross_entropy(label)
    }
}

fn main() {}
