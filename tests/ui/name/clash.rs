// Fields and functions that would give the model two functions of one name.
use macrograd::prelude::*;

#[model]
struct Net {
    new: nn::Linear<8, 8>,
    loss_grad: Param<8>,
    head: nn::Linear<8, 8>,
    head_mut: nn::Linear<8, 8>,
}

#[model]
impl Net {
    fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        self.summary(x).mean()
    }

    fn summary<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        self.head_mut(self.head(self.new(x))) + self.loss_grad
    }
}

fn main() {}
