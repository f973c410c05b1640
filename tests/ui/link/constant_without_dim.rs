// A constant without `#[dim]` as a size.
use macrograd::prelude::*;

const WIDTH: usize = 8;

#[model]
struct Net {
    fc: nn::Linear<WIDTH, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
