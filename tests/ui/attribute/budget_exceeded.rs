// A memory budget that does not suffice: what is needed, and where.
use macrograd::prelude::*;

#[model(max_train_bytes = "1 MiB", at = Dims { n: 128 })]
struct Net {
    fc1: nn::Linear<784, 512>,
    fc2: nn::Linear<512, 10>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 784>, label: Tensor<u8, N>) -> Tensor {
        let x = self.fc1(x).relu();
        self.fc2(x).cross_entropy(label)
    }
}

fn main() {}
