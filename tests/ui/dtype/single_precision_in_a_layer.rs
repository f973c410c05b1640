// A layer that casts to `f32`, in a model that computes in `f64`.
use macrograd::prelude::*;

#[model(part)]
struct Count;

#[model]
impl Count {
    fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 3> {
        x * (arange(3) as f32)
    }
}

#[model(dtype = f64)]
struct Net {
    count: Count,
}

#[model]
impl Net {
    fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 3> {
        self.count(x)
    }
}

fn main() {}
