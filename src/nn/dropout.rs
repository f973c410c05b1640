//! Dropout: active in training, the identity in inference.

use crate::model;

/// A layer around the operation of this name.
macro_rules! dropout {
    ($(#[$doc:meta])* $name:ident, $operation:ident) => {
        $(#[$doc])*
        ///
        /// # Settings
        /// `rate = 0.5`.
        #[model(part)]
        pub struct $name {
            #[default(0.5)]
            rate: f32,
        }

        #[model]
        impl $name {
            #[track_caller]
            pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
                if training() { x.$operation(self.rate) } else { x }
            }
        }
    };
}

dropout! {
    /// Zeroes each element with probability `rate` in training and scales the others by `1 / (1 - rate)`; the identity in
    /// inference. PyTorch's `Dropout`.
    Dropout, dropout
}

dropout! {
    /// [`Dropout`] of whole channels of `[N, channels, length]`, PyTorch's `Dropout1d`.
    Dropout1d, dropout1d
}

dropout! {
    /// [`Dropout`] of whole channels of `[N, channels, height, width]`, PyTorch's `Dropout2d`.
    Dropout2d, dropout2d
}

dropout! {
    /// [`Dropout`] of whole channels of `[N, channels, depth, height, width]`, PyTorch's `Dropout3d`.
    Dropout3d, dropout3d
}

dropout! {
    /// Dropout that keeps mean 0 and variance 1 of what SELU produces, PyTorch's `AlphaDropout`.
    AlphaDropout, alpha_dropout
}

dropout! {
    /// [`AlphaDropout`] of whole channels of `[N, channels, …]`, PyTorch's `FeatureAlphaDropout`.
    FeatureAlphaDropout, feature_alpha_dropout
}

/// Stochastic depth: drops whole samples of the branch of a residual block in training, timm's `DropPath`.
///
/// # Settings
/// `rate = 0` (nothing is dropped), `scale_by_keep = true`: whether what is kept is divided by `1 - rate`.
#[model(part)]
pub struct DropPath {
    #[default(0.0)]
    rate: f32,
    #[default(true)]
    scale_by_keep: bool,
}

#[model]
impl DropPath {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        if training() { x.drop_path(self.rate, scale_by_keep = self.scale_by_keep) } else { x }
    }
}
