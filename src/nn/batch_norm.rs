//! Batch normalisation.

use crate::model;

/// `(x - mean) / √(var + eps) · weight + bias` per channel, PyTorch's `BatchNorm2d`.
///
/// In training, mean and variance are those of the batch (biased variance), and the running ones move towards them
/// (unbiased variance) by `momentum`; in inference the running ones are used. The new running values are part of the
/// gradients and take effect in `optimizer.step`, so that no batch counts twice.
///
/// # Shapes
/// - `x` and result: `[N, CHANNELS, height, width]`
/// - `weight`, `bias`, `running_mean`, `running_var`: `[CHANNELS]`
///
/// # Settings
/// `eps = 1e-5`, `momentum = 0.1`, `affine = true`, `track_running_stats = true`.
///
/// # Source
/// Ioffe and Szegedy, "Batch Normalization", 2015.
#[model(part)]
pub struct BatchNorm2d<const CHANNELS: usize> {
    #[default(1e-5)]
    eps: f32,
    #[default(0.1)]
    momentum: f32,
    #[default(true)]
    affine: bool,
    #[default(true)]
    track_running_stats: bool,
    #[default(affine)]
    #[init(ones)]
    weight: Option<Param<CHANNELS>>,
    #[default(affine)]
    bias: Option<Param<CHANNELS>>,
    #[default(track_running_stats)]
    running_mean: Option<Buffer<CHANNELS>>,
    #[default(track_running_stats)]
    #[init(ones)]
    running_var: Option<Buffer<CHANNELS>>,
}

#[model]
impl<const CHANNELS: usize> BatchNorm2d<CHANNELS> {
    #[track_caller]
    pub fn forward<N: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, CHANNELS, H, W>) -> Tensor<N, CHANNELS, H, W> {
        let y = if training() || !self.track_running_stats {
            let mean = x.batch_mean();
            let var = x.batch_var(mean);
            if self.track_running_stats {
                let count = (N * H * W) as f32;
                let unbiased = var * (count / (count - 1.0));
                let kept = 1.0 - self.momentum;
                self.running_mean.update(self.running_mean * kept + mean * self.momentum);
                self.running_var.update(self.running_var * kept + unbiased * self.momentum);
            }
            x.batch_norm(mean, var, eps = self.eps)
        } else {
            x.batch_norm(self.running_mean, self.running_var, eps = self.eps)
        };
        let y = if let Some(weight) = self.weight { y * weight.reshape([CHANNELS, 1, 1]) } else { y };
        if let Some(bias) = self.bias { y + bias.reshape([CHANNELS, 1, 1]) } else { y }
    }
}
