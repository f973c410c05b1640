// A list of numbers as a hyper-parameter that is too long.
use macrograd::prelude::*;

#[model]
struct Net {
    #[default(1)]
    strides: [usize; 10],
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

fn main() {}
