// A tensor that is assigned to a tuple of variables.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 8> {
        let mut a = x;
        let mut b = x;
        (a, b) = self.fc(a);
        a + b
    }
}

fn main() {}
