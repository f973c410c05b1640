// Lints that do not exist, with those that do; a misspelt one with the one that is meant.
use macrograd::prelude::*;

#[model(allow(log_of_softmx))]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model(allow(dead_code))]
impl Net {
    #[model(allow(sqrt_of_zero))]
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        self.fc(x).sum()
    }
}

fn main() {}
