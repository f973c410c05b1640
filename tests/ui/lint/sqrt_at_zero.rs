// A root of what can be 0: its gradient is infinite there.
#![deny(deprecated)]
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>, target: Tensor<N, 4>) -> Tensor {
        let difference = self.fc(x) - target;
        let squares = difference * difference;
        squares.sum(1).sqrt().mean()
    }
}

fn main() {}
