// A number where a setting is a text.
use macrograd::prelude::*;

#[model(part)]
struct Reduce {
    #[default("mean")]
    reduction: &'static str,
}

#[model]
impl Reduce {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N> {
        if self.reduction == "mean" { x.mean(1) } else { x.sum(1) }
    }
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
    #[with(reduction = 1)]
    reduce: Reduce,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<N> {
        self.reduce(self.fc(x))
    }
}

fn main() {}
