//! Instance normalisation.

use crate::model;

/// A layer over `[N, CHANNELS, …]`: the layers differ in the axes they take.
macro_rules! instance_norm {
    ($(#[$doc:meta])* $name:ident, [$($dims:tt)*], [$($shape:tt)*], [$($axes:tt)*], $count:tt) => {
        $(#[$doc])*
        /// - `weight`, `bias`, `running_mean`, `running_var`: `[CHANNELS]`
        ///
        /// With `track_running_stats`, running values move by `momentum` towards the means over the batch of the means
        /// and unbiased variances, and inference uses them. They take effect in `optimizer.step`.
        ///
        /// # Settings
        /// `eps = 1e-5`, `momentum = 0.1`, `affine = false`, `bias = affine`, `track_running_stats = false`.
        ///
        /// # Source
        /// Ulyanov et al., "Instance Normalization: The Missing Ingredient for Fast Stylization", 2016.
        #[model(part)]
        pub struct $name<const CHANNELS: usize> {
            #[default(1e-5)]
            eps: f32,
            #[default(0.1)]
            momentum: f32,
            #[default(false)]
            affine: bool,
            #[default(false)]
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
        impl<const CHANNELS: usize> $name<CHANNELS> {
            #[track_caller]
            pub fn forward<$($dims)*>(&self, x: Tensor<$($shape)*>) -> Tensor<$($shape)*> {
                if training() || !self.track_running_stats {
                    if self.track_running_stats {
                        let centred = x - x.mean([$($axes)*], keepdim = true);
                        let count = $count as f32;
                        let unbiased = (centred * centred).batch_mean() * (count / (count - 1.0));
                        let kept = 1.0 - self.momentum;
                        self.running_mean.update(self.running_mean * kept + x.batch_mean() * self.momentum);
                        self.running_var.update(self.running_var * kept + unbiased * self.momentum);
                    }
                    x.instance_norm(weight = self.weight, bias = self.bias, eps = self.eps)
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

instance_norm! {
    /// `(x - mean) / √(var + eps)` with mean and variance of each channel of each sample, PyTorch's `InstanceNorm1d`.
    ///
    /// # Shapes
    /// - `x` and result: `[N, CHANNELS, length]`
    InstanceNorm1d, [N: Dim, L: Dim], [N, CHANNELS, L], [2], L
}

instance_norm! {
    /// `(x - mean) / √(var + eps)` with mean and variance of each channel of each sample, PyTorch's `InstanceNorm2d`.
    ///
    /// # Shapes
    /// - `x` and result: `[N, CHANNELS, height, width]`
    InstanceNorm2d, [N: Dim, H: Dim, W: Dim], [N, CHANNELS, H, W], [2, 3], (H * W)
}

instance_norm! {
    /// `(x - mean) / √(var + eps)` with mean and variance of each channel of each sample, PyTorch's `InstanceNorm3d`.
    ///
    /// # Shapes
    /// - `x` and result: `[N, CHANNELS, depth, height, width]`
    InstanceNorm3d, [N: Dim, D: Dim, H: Dim, W: Dim], [N, CHANNELS, D, H, W], [2, 3, 4], (D * H * W)
}
