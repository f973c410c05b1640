// Leading dimensions that differ between the arguments of a layer.
use macrograd::prelude::*;

#[model(part)]
struct Sum<const D: usize> {
    scale: Param<D>,
}

#[model]
impl<const D: usize> Sum<D> {
    fn forward(&self, x: Tensor<_, D>, y: Tensor<_, D>) -> Tensor<_, D> {
        (x + y) * self.scale
    }
}

#[model]
struct Net {
    sum: Sum<8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim, M: Dim>(&self, x: Tensor<N, 8>, y: Tensor<M, 8>) -> Tensor<N, 8> {
        self.sum(x, y)
    }
}

fn main() {}
