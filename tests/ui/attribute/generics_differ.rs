// The impl repeats the parameters of the struct.
use macrograd::prelude::*;

#[model(part)]
struct Scale<const D: usize> {
    scale: Param<D>,
}

#[model]
impl<const WIDTH: usize> Scale<WIDTH> {
    fn forward(&self, x: Tensor<_, WIDTH>) -> Tensor<_, WIDTH> {
        x * self.scale
    }
}

fn main() {}
