// The gradient of a struct that holds whole numbers.
use macrograd::prelude::*;

#[tensors]
struct Batch<N: Dim> {
    image: Tensor<N, 8>,
    label: Tensor<u8, N>,
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, batch: Batch<N>) -> Tensor<N, 8> {
        grad(self.loss, batch).image
    }

    fn loss<N: Dim>(&self, batch: Batch<N>) -> Tensor {
        self.fc(batch.image).cross_entropy(batch.label)
    }
}

fn main() {}
