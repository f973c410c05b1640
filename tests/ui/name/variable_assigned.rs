// An assignment to a variable that is not there.
use macrograd::prelude::*;

#[model]
struct Net {
    weight: Param<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        hidden = x * self.weight;
        hidden
    }
}

fn main() {}
