// A layer that looks up rows by real numbers.
use macrograd::prelude::*;

#[model]
struct Net {
    table: nn::Embedding<100, 16>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, index: Tensor<N>) -> Tensor<N, 16> {
        self.table(index)
    }
}

fn main() {}
