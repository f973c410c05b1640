// A loss that applies the logistic function itself, after it has been applied; inside a layer in another module.
#![deny(deprecated)]
use macrograd::prelude::*;

mod layers {
    use macrograd::prelude::*;

    #[model(part)]
    pub struct Loss {}

    #[model]
    impl Loss {
        pub fn forward<N: Dim>(&self, score: Tensor<N>, target: Tensor<N>) -> Tensor {
            score.bce_with_logits_loss(target)
        }
    }
}

#[model]
struct Net {
    fc: nn::Linear<8, 1>,
    loss: layers::Loss,
}

#[model]
impl Net {
    pub fn train<N: Dim>(&self, x: Tensor<N, 8>, target: Tensor<N>) -> Tensor {
        self.loss(self.fc(x).sigmoid().squeeze(1), target)
    }
}

fn main() {}
