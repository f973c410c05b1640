//! Piecewise linear curves.

use crate::model;

/// `min(max(x + 3, 0), 6) / 6`, PyTorch's `Hardsigmoid`.
#[model(part)]
pub struct Hardsigmoid;

#[model]
impl Hardsigmoid {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.hardsigmoid()
    }
}

/// `x min(max(x + 3, 0), 6) / 6`, PyTorch's `Hardswish`.
#[model(part)]
pub struct Hardswish;

#[model]
impl Hardswish {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.hardswish()
    }
}

/// `min(max(x, min_val), max_val)`, PyTorch's `Hardtanh`.
///
/// # Settings
/// `min_val = -1.0`, `max_val = 1.0`.
#[model(part)]
pub struct Hardtanh {
    #[default(-1.0)]
    min_val: f32,
    #[default(1.0)]
    max_val: f32,
}

#[model]
impl Hardtanh {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.hardtanh(min_val = self.min_val, max_val = self.max_val)
    }
}

/// 0 within ±lambd, else `x`, PyTorch's `Hardshrink`.
///
/// # Settings
/// `lambd = 0.5`.
#[model(part)]
pub struct Hardshrink {
    #[default(0.5)]
    lambd: f32,
}

#[model]
impl Hardshrink {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.hardshrink(lambd = self.lambd)
    }
}

/// 0 within ±lambd, else `x` moved towards 0 by `lambd`, PyTorch's `Softshrink`.
///
/// # Settings
/// `lambd = 0.5`.
#[model(part)]
pub struct Softshrink {
    #[default(0.5)]
    lambd: f32,
}

#[model]
impl Softshrink {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.softshrink(lambd = self.lambd)
    }
}
