// A loss that applies the softmax itself, after a layer that does: in another module.
#![deny(deprecated)]
use macrograd::prelude::*;

mod layers {
    use macrograd::prelude::*;

    #[model(part)]
    pub struct Head {
        fc: nn::Linear<8, 4>,
        probs: nn::Softmax,
    }

    #[model]
    impl Head {
        pub fn forward(&self, x: Tensor<_, 8>) -> Tensor<_, 4> {
            self.probs(self.fc(x))
        }
    }
}

#[model]
struct Net {
    head: layers::Head,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<u8, N>) -> Tensor {
        self.head(x).cross_entropy(label)
    }
}

fn main() {}
