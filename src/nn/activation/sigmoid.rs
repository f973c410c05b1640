//! Smooth curves: the logistic function, the hyperbolic tangent and their kin.

use crate::model;

/// `1 / (1 + exp(-x))`, PyTorch's `Sigmoid`.
#[model(part)]
pub struct Sigmoid;

#[model]
impl Sigmoid {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.sigmoid()
    }
}

/// `-ln(1 + exp(-x))`, PyTorch's `LogSigmoid`.
#[model(part)]
pub struct LogSigmoid;

#[model]
impl LogSigmoid {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.log_sigmoid()
    }
}

/// `ln(1 + exp(beta x)) / beta`, and `x` where `beta x > threshold`, PyTorch's `Softplus`.
///
/// # Settings
/// `beta = 1.0`, `threshold = 20.0`.
#[model(part)]
pub struct Softplus {
    #[default(1.0)]
    beta: f32,
    #[default(20.0)]
    threshold: f32,
}

#[model]
impl Softplus {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.softplus(beta = self.beta, threshold = self.threshold)
    }
}

/// The hyperbolic tangent, PyTorch's `Tanh`.
#[model(part)]
pub struct Tanh;

#[model]
impl Tanh {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.tanh()
    }
}

/// `x - tanh(x)`, PyTorch's `Tanhshrink`.
#[model(part)]
pub struct Tanhshrink;

#[model]
impl Tanhshrink {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.tanhshrink()
    }
}

/// `x / (1 + |x|)`, PyTorch's `Softsign`.
#[model(part)]
pub struct Softsign;

#[model]
impl Softsign {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.softsign()
    }
}
