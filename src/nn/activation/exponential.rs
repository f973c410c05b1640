//! Exponential linear units.

use crate::model;

/// `x` above 0, else `alpha (exp(x) - 1)`, PyTorch's `ELU`.
///
/// # Settings
/// `alpha = 1.0`.
#[model(part)]
pub struct Elu {
    #[default(1.0)]
    alpha: f32,
}

#[model]
impl Elu {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.elu(alpha = self.alpha)
    }
}

/// `x` above 0, else `alpha (exp(x / alpha) - 1)`, PyTorch's `CELU`.
///
/// # Settings
/// `alpha = 1.0`.
#[model(part)]
pub struct Celu {
    #[default(1.0)]
    alpha: f32,
}

#[model]
impl Celu {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.celu(alpha = self.alpha)
    }
}

/// `elu` with the scales that keep mean 0 and variance 1, PyTorch's `SELU`.
#[model(part)]
pub struct Selu;

#[model]
impl Selu {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.selu()
    }
}
