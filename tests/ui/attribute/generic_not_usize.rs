// Sizes of a model are `usize`.
use macrograd::prelude::*;

#[model(part)]
struct Scale<const D: u32> {
    scale: Param<D>,
}

#[model]
impl<const D: u32> Scale<D> {
    fn forward(&self, x: Tensor<_, D>) -> Tensor<_, D> {
        x * self.scale
    }
}

fn main() {}
