// A size that would be negative.
use macrograd::prelude::*;

#[model(part)]
struct Narrow<const D: usize> {
    fc: nn::Linear<D, { D - 8 }>,
}

#[model]
impl<const D: usize> Narrow<D> {
    fn forward(&self, x: Tensor<_, D>) -> Tensor<Inferred> {
        self.fc(x)
    }
}

#[model]
struct Net {
    narrow: Narrow<4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor<N, 4> {
        self.narrow(x)
    }
}

fn main() {}
