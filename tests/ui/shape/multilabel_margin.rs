// Labels of another batch than the scores, and scores of too many axes.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 5>,
}

#[model]
impl Net {
    pub fn of_another_batch<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<i64, 4, 5>) -> Tensor {
        self.fc(x).multilabel_margin_loss(label)
    }

    pub fn of_images<N: Dim>(&self, x: Tensor<N, 3, 8>, label: Tensor<i64, N, 3>) -> Tensor {
        self.fc(x).multilabel_margin_loss(label)
    }
}

fn main() {}
