//! Squeeze and excitation.

use super::Conv2d;
use crate::model;

/// Scales each channel by what the means of all channels say: `x · gate(fc2(relu(fc1(mean(x)))))`, torchvision's
/// `SqueezeExcitation(CHANNELS, SQUEEZE_CHANNELS)`.
///
/// # Shapes
/// - `x` and result: `[N, CHANNELS, height, width]`
/// - `fc1`: `[SQUEEZE_CHANNELS, CHANNELS, 1, 1]`, `fc2`: `[CHANNELS, SQUEEZE_CHANNELS, 1, 1]`, both with a bias
///
/// # Settings
/// `hard_gate = false`: whether the gate is `min(max(x + 3, 0), 6) / 6`, as in MobileNetV3, instead of a sigmoid.
///
/// # Source
/// Hu et al., "Squeeze-and-Excitation Networks", 2018.
#[model(part)]
pub struct SqueezeExcite<const CHANNELS: usize, const SQUEEZE_CHANNELS: usize> {
    #[default(false)]
    hard_gate: bool,
    fc1: Conv2d<CHANNELS, SQUEEZE_CHANNELS, 1>,
    fc2: Conv2d<SQUEEZE_CHANNELS, CHANNELS, 1>,
}

#[model]
impl<const CHANNELS: usize, const SQUEEZE_CHANNELS: usize> SqueezeExcite<CHANNELS, SQUEEZE_CHANNELS> {
    #[track_caller]
    pub fn forward<N: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, CHANNELS, H, W>) -> Tensor<N, CHANNELS, H, W> {
        let score = self.fc2(self.fc1(x.mean([2, 3], keepdim = true)).relu());
        let gate = if self.hard_gate { (score + 3.0).relu().minimum(6.0) / 6.0 } else { score.sigmoid() };
        x * gate
    }
}
