// Derivatives that are always 0.
#![deny(deprecated)]
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 1>,
    #[init(ones)]
    scale: Param<8>,
}

#[model]
impl Net {
    pub fn energy<N: Dim>(&self, x: Tensor<N, 8>, y: Tensor<N, 8>) -> Tensor {
        (self.fc(x * self.scale) * y.detach().sum()).sum()
    }

    pub fn slope<N: Dim>(&self, x: Tensor<N, 8>, y: Tensor<N, 8>) -> Tensor<N, 8> {
        grad(self.energy, x, y, wrt = 1)
    }

    pub fn slope_of_bias<N: Dim>(&self, x: Tensor<N, 8>, y: Tensor<N, 8>) -> Tensor<1> {
        let slope = grad(self.energy, x, y);
        grad(self.slopes, slope, wrt = self.fc.bias)
    }

    #[model(allow(gradient_of_zero))]
    pub fn allowed<N: Dim>(&self, x: Tensor<N, 8>, y: Tensor<N, 8>) -> Tensor<N, 8> {
        grad(self.energy, x, y, wrt = 1)
    }

    pub fn slopes<N: Dim>(&self, x: Tensor<N, 8>) -> Tensor {
        (x * self.scale).sum()
    }
}

#[differentiable]
fn places<N: Dim>(x: Tensor<N, 8>) -> Tensor {
    (x.argmax(1) as f32).sum()
}

fn main() {}
