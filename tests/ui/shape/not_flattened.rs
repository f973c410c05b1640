// An image given to a linear layer: its last axis is not the number of features.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<784, 10>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, image: Tensor<N, 1, 28, 28>) -> Tensor<N, 10> {
        self.fc(image)
    }
}

fn main() {}
