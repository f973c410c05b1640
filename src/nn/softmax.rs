//! Softmax and its kin as layers, for sequential models; elsewhere write `x.softmax()`.

use crate::model;

/// `exp(x) / Σ exp(x)` along an axis, PyTorch's `Softmax`.
///
/// # Settings
/// `axis = -1`.
#[model(part)]
pub struct Softmax {
    #[default(-1)]
    axis: isize,
}

#[model]
impl Softmax {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.softmax(self.axis)
    }
}

/// `exp(-x) / Σ exp(-x)` along an axis, PyTorch's `Softmin`.
///
/// # Settings
/// `axis = -1`.
#[model(part)]
pub struct Softmin {
    #[default(-1)]
    axis: isize,
}

#[model]
impl Softmin {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.softmin(self.axis)
    }
}

/// `x - ln Σ exp(x)` along an axis, PyTorch's `LogSoftmax`.
///
/// # Settings
/// `axis = -1`.
#[model(part)]
pub struct LogSoftmax {
    #[default(-1)]
    axis: isize,
}

#[model]
impl LogSoftmax {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.log_softmax(self.axis)
    }
}

/// The softmax over the channels of each pixel, PyTorch's `Softmax2d`.
///
/// # Shapes
/// - `x` and result: `[N, channels, height, width]`
#[model(part)]
pub struct Softmax2d;

#[model]
impl Softmax2d {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<N, C, H, W> {
        x.softmax(1)
    }
}
