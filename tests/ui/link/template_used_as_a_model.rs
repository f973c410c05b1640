// A generic model is compiled at given sizes only.
use macrograd::prelude::*;

#[model]
struct Gpt<const D: usize> {
    fc: nn::Linear<D, D>,
}

#[model]
impl<const D: usize> Gpt<D> {
    pub fn forward<N: Dim>(&self, x: Tensor<N, D>) -> Tensor<N, D> {
        self.fc(x)
    }
}

fn load<M: Model>() {}

fn main() {
    load::<Gpt<8>>();
}
