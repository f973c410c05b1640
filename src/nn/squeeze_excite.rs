//! Squeeze and excitation.

use super::Conv2d;
use crate::model;

/// Scales each channel by what the means of all channels say: `x · gate(fc2(activation(fc1(mean(x)))))`, torchvision's
/// `SqueezeExcitation(CHANNELS, SQUEEZE_CHANNELS)`.
///
/// # Shapes
/// - `x` and result: `[N, CHANNELS, height, width]`
/// - `fc1`: `[SQUEEZE_CHANNELS, CHANNELS, 1, 1]`, `fc2`: `[CHANNELS, SQUEEZE_CHANNELS, 1, 1]`, both with a bias
///
/// # Settings
/// `activation = "relu"`, `gate = "sigmoid"`: torchvision's `activation` and `scale_activation`, each a name that the
/// operation `activate` knows. MobileNetV3 takes `gate = "hardsigmoid"`, EfficientNet `activation = "silu"`.
///
/// # Source
/// Hu et al., "Squeeze-and-Excitation Networks", 2018.
#[model(part)]
pub struct SqueezeExcite<const CHANNELS: usize, const SQUEEZE_CHANNELS: usize> {
    #[default("relu")]
    activation: &'static str,
    #[default("sigmoid")]
    gate: &'static str,
    fc1: Conv2d<CHANNELS, SQUEEZE_CHANNELS, 1>,
    fc2: Conv2d<SQUEEZE_CHANNELS, CHANNELS, 1>,
}

#[model]
impl<const CHANNELS: usize, const SQUEEZE_CHANNELS: usize> SqueezeExcite<CHANNELS, SQUEEZE_CHANNELS> {
    #[track_caller]
    pub fn forward<N: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, CHANNELS, H, W>) -> Tensor<N, CHANNELS, H, W> {
        let squeezed = self.fc1(x.mean([2, 3], keepdim = true)).activate(self.activation);
        x.gate_by(self.fc2(squeezed), gate = self.gate)
    }
}
