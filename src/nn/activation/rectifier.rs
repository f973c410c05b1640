//! Rectifiers: linear above 0.

use crate::model;

/// `max(x, 0)`, PyTorch's `ReLU`.
#[model(part)]
pub struct Relu;

#[model]
impl Relu {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.relu()
    }
}

/// `min(max(x, 0), 6)`, PyTorch's `ReLU6`.
#[model(part)]
pub struct Relu6;

#[model]
impl Relu6 {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.relu6()
    }
}

/// `x` above 0, else `negative_slope · x`, PyTorch's `LeakyReLU`.
///
/// # Settings
/// `negative_slope = 0.01`.
#[model(part)]
pub struct LeakyRelu {
    #[default(0.01)]
    negative_slope: f32,
}

#[model]
impl LeakyRelu {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.leaky_relu(negative_slope = self.negative_slope)
    }
}

/// `x` above 0, else `weight · x` with weights that are learned, PyTorch's `PReLU`: one weight for all, or one for each
/// channel.
///
/// # Shapes
/// - `x` and result: `[N, channels, …]`, or any shape where there is one weight
/// - `weight`: `[NUM_PARAMETERS]`, where `NUM_PARAMETERS` is 1 or the number of channels
///
/// # Settings
/// `init = 0.25`, with which the weights start.
#[model(part)]
pub struct Prelu<const NUM_PARAMETERS: usize> {
    #[default(0.25)]
    init: f32,
    #[init(constant(init))]
    weight: Param<NUM_PARAMETERS>,
}

#[model]
impl<const NUM_PARAMETERS: usize> Prelu<NUM_PARAMETERS> {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.prelu(self.weight)
    }
}

/// `x` above 0, else `slope · x`: in training with a random slope for each element, uniform from `lower` to `upper`, in
/// inference with the mean of both. PyTorch's `RReLU`.
///
/// # Settings
/// `lower = 1.0 / 8.0`, `upper = 1.0 / 3.0`.
#[model(part)]
pub struct Rrelu {
    #[default(1.0 / 8.0)]
    lower: f32,
    #[default(1.0 / 3.0)]
    upper: f32,
}

#[model]
impl Rrelu {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        if training() {
            x.rrelu(self.lower, self.upper)
        } else {
            x.leaky_relu((self.lower + self.upper) / 2.0)
        }
    }
}

/// `x` above `threshold`, else `value`, PyTorch's `Threshold`.
///
/// # Settings
/// `threshold`, `value`, to be given.
#[model(part)]
pub struct Threshold {
    threshold: f32,
    value: f32,
}

#[model]
impl Threshold {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.threshold(threshold = self.threshold, value = self.value)
    }
}
