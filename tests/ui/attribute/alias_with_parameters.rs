// An alias with parameters of its own.
use macrograd::prelude::*;

#[model(part)]
struct Scale<const D: usize> {
    scale: Param<D>,
}

#[model]
impl<const D: usize> Scale<D> {
    fn forward<N: Dim>(&self, x: Tensor<N, D>) -> Tensor<N, D> {
        x * self.scale
    }
}

#[model]
type Scaled<const D: usize> = Scale<D>;

fn main() {}
