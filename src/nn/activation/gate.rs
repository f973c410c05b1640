//! Gates: `x` times what lets it pass.

use crate::model;

/// `x Φ(x)`, PyTorch's `GELU`: exactly, or with `approximate = "tanh"`.
///
/// # Settings
/// `approximate = "none"`.
#[model(part)]
pub struct Gelu {
    #[default("none")]
    approximate: &'static str,
}

#[model]
impl Gelu {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.gelu(approximate = self.approximate)
    }
}

/// `x sigmoid(x)`, PyTorch's `SiLU`.
#[model(part)]
pub struct Silu;

#[model]
impl Silu {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.silu()
    }
}

/// `x tanh(softplus(x))`, PyTorch's `Mish`.
#[model(part)]
pub struct Mish;

#[model]
impl Mish {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.mish()
    }
}

/// The first half along an axis times the logistic function of the second, PyTorch's `GLU`.
///
/// # Shapes
/// - `x`: an even size along `axis`
/// - result: half of it
///
/// # Settings
/// `axis = -1`.
#[model(part)]
pub struct Glu {
    #[default(-1)]
    axis: isize,
}

#[model]
impl Glu {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<Inferred> {
        x.glu(axis = self.axis)
    }
}
