// Arithmetic, a layer and a sum of elements that are not `f32`.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<f64, N, 8>) -> Tensor<N, 4> {
        self.fc(x)
    }

    pub fn shifted<N: Dim>(&self, x: Tensor<f64, N, 8>) -> Tensor<f64, N, 8> {
        x + 1.0
    }

    pub fn total<N: Dim>(&self, x: Tensor<f64, N, 8>) -> Tensor {
        x.sum()
    }

    pub fn narrow<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor<f64, N, 4> {
        self.fc(x)
    }
}

fn main() {}
