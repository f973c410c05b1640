//! Activations as layers, for sequential models; elsewhere write `x.relu()`.

use crate::model;

/// `max(x, 0)`.
#[model(part)]
pub struct Relu;

#[model]
impl Relu {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.relu()
    }
}

/// `1 / (1 + exp(-x))`.
#[model(part)]
pub struct Sigmoid;

#[model]
impl Sigmoid {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.sigmoid()
    }
}

/// The hyperbolic tangent.
#[model(part)]
pub struct Tanh;

#[model]
impl Tanh {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.tanh()
    }
}

/// `x Φ(x)`, PyTorch's `GELU`.
#[model(part)]
pub struct Gelu;

#[model]
impl Gelu {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.gelu()
    }
}
