//! Batch normalisation.

use crate::model;

/// A layer over `[N, CHANNELS, …]`: the layers differ in the axes they take.
macro_rules! batch_norm {
    ($(#[$doc:meta])* $name:ident, [$($dims:tt)*], [$($shape:tt)*]) => {
        $(#[$doc])*
        ///
        /// In training, mean and variance are those of the batch (biased variance), and the running ones move towards
        /// them (unbiased variance) by `momentum`; in inference the running ones are used. The new running values are
        /// part of the gradients and take effect in `optimizer.step`, so that no batch counts twice.
        ///
        /// # Settings
        /// `eps = 1e-5`, `momentum = 0.1`, `affine = true`, `bias = affine`, `track_running_stats = true`,
        /// `cumulative_average = false`: whether the running values are plain averages over all batches, PyTorch's
        /// `momentum=None`; their number is then the buffer `num_batches_tracked`.
        ///
        /// # Source
        /// Ioffe and Szegedy, "Batch Normalization", 2015.
        #[model(part)]
        pub struct $name<const CHANNELS: usize> {
            #[default(1e-5)]
            eps: f32,
            #[default(0.1)]
            momentum: f32,
            #[default(true)]
            affine: bool,
            #[default(true)]
            track_running_stats: bool,
            #[default(false)]
            cumulative_average: bool,
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
            #[default(track_running_stats && cumulative_average)]
            num_batches_tracked: Option<Buffer>,
        }

        #[model]
        impl<const CHANNELS: usize> $name<CHANNELS> {
            #[track_caller]
            pub fn forward<$($dims)*>(&self, x: Tensor<$($shape)*>) -> Tensor<$($shape)*> {
                if training() || !self.track_running_stats {
                    let mean = x.batch_mean();
                    let var = x.batch_var(mean);
                    if self.track_running_stats {
                        let unbiased = x.batch_var(mean, correction = 1);
                        if self.cumulative_average {
                            let count = self.num_batches_tracked + 1.0;
                            self.num_batches_tracked.update(count);
                            self.running_mean.update(self.running_mean + (mean - self.running_mean) / count);
                            self.running_var.update(self.running_var + (unbiased - self.running_var) / count);
                        } else {
                            let kept = 1.0 - self.momentum;
                            self.running_mean.update(self.running_mean * kept + mean * self.momentum);
                            self.running_var.update(self.running_var * kept + unbiased * self.momentum);
                        }
                    }
                    x.batch_norm(mean, var, weight = self.weight, bias = self.bias, eps = self.eps)
                } else {
                    x.batch_norm(
                        self.running_mean,
                        self.running_var,
                        weight = self.weight,
                        bias = self.bias,
                        eps = self.eps,
                    )
                }
            }
        }
    };
}

batch_norm! {
    /// `(x - mean) / √(var + eps) · weight + bias` per channel, PyTorch's `BatchNorm1d`.
    ///
    /// # Shapes
    /// - `x` and result: `[N, CHANNELS]` or `[N, CHANNELS, length]`
    /// - `weight`, `bias`, `running_mean`, `running_var`: `[CHANNELS]`
    BatchNorm1d, [], [_]
}

batch_norm! {
    /// `(x - mean) / √(var + eps) · weight + bias` per channel, PyTorch's `BatchNorm2d`.
    ///
    /// # Shapes
    /// - `x` and result: `[N, CHANNELS, height, width]`
    /// - `weight`, `bias`, `running_mean`, `running_var`: `[CHANNELS]`
    BatchNorm2d, [N: Dim, H: Dim, W: Dim], [N, CHANNELS, H, W]
}

batch_norm! {
    /// `(x - mean) / √(var + eps) · weight + bias` per channel, PyTorch's `BatchNorm3d`.
    ///
    /// # Shapes
    /// - `x` and result: `[N, CHANNELS, depth, height, width]`
    /// - `weight`, `bias`, `running_mean`, `running_var`: `[CHANNELS]`
    BatchNorm3d, [N: Dim, D: Dim, H: Dim, W: Dim], [N, CHANNELS, D, H, W]
}
