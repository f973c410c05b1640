// Parts and templates take the computing type of the model that they are part of.
use macrograd::prelude::*;

#[model(part, dtype = f64)]
struct Layer {
    fc: nn::Linear<3, 4>,
}

#[model]
impl Layer {
    fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

#[model(dtype = f64)]
struct Template<const D: usize> {
    fc: nn::Linear<D, 4>,
}

#[model]
impl<const D: usize> Template<D> {
    fn forward<N: Dim>(&self, x: Tensor<N, D>) -> Tensor<N, 4> {
        self.fc(x)
    }
}

#[function(dtype = f64)]
fn half<N: Dim>(x: Tensor<N>) -> Tensor<N> {
    x / 2.0
}

fn main() {}
