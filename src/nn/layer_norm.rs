//! Normalisation of each sample by its own statistics.

use crate::model;

/// A layer over trailing axes.
macro_rules! layer_norm {
    ($(#[$doc:meta])* $name:ident, [$($generics:tt)*], [$($sizes:tt)*], [$($axes:tt)*]) => {
        $(#[$doc])*
        ///
        /// # Settings
        /// `eps = 1e-5`, `elementwise_affine = true`, `bias = elementwise_affine`.
        ///
        /// # Source
        /// Ba et al., "Layer Normalization", 2016.
        #[model(part)]
        pub struct $name<$($generics)*> {
            #[default(1e-5)]
            eps: f32,
            #[default(true)]
            elementwise_affine: bool,
            #[default(elementwise_affine)]
            #[init(ones)]
            weight: Option<Param<$($sizes)*>>,
            #[default(elementwise_affine)]
            bias: Option<Param<$($sizes)*>>,
        }

        #[model]
        impl<$($generics)*> $name<$($sizes)*> {
            #[track_caller]
            pub fn forward(&self, x: Tensor<_, $($sizes)*>) -> Tensor<_, $($sizes)*> {
                x.layer_norm(axes = [$($axes)*], weight = self.weight, bias = self.bias, eps = self.eps)
            }
        }
    };
}

layer_norm! {
    /// `(x - mean) / √(var + eps) · weight + bias` over the last axis, PyTorch's `LayerNorm(FEATURES)`.
    ///
    /// # Shapes
    /// - `x` and result: `[…, FEATURES]`
    /// - `weight`, `bias`: `[FEATURES]`
    LayerNorm, [const FEATURES: usize], [FEATURES], [-1]
}

layer_norm! {
    /// `(x - mean) / √(var + eps) · weight + bias` over the last two axes, PyTorch's `LayerNorm((ROWS, COLUMNS))`.
    ///
    /// # Shapes
    /// - `x` and result: `[…, ROWS, COLUMNS]`
    /// - `weight`, `bias`: `[ROWS, COLUMNS]`
    LayerNormOver2, [const ROWS: usize, const COLUMNS: usize], [ROWS, COLUMNS], [-2, -1]
}

layer_norm! {
    /// `(x - mean) / √(var + eps) · weight + bias` over the last three axes, PyTorch's
    /// `LayerNorm((CHANNELS, ROWS, COLUMNS))`.
    ///
    /// # Shapes
    /// - `x` and result: `[…, CHANNELS, ROWS, COLUMNS]`
    /// - `weight`, `bias`: `[CHANNELS, ROWS, COLUMNS]`
    LayerNormOver3,
    [const CHANNELS: usize, const ROWS: usize, const COLUMNS: usize],
    [CHANNELS, ROWS, COLUMNS],
    [-3, -2, -1]
}

/// `(x - mean) / √(var + eps) · weight + bias` over the channels of each pixel, the `LayerNorm2d` of timm and of
/// torchvision's ConvNeXt.
///
/// # Shapes
/// - `x` and result: `[N, CHANNELS, height, width]`
/// - `weight`, `bias`: `[CHANNELS]`
///
/// # Settings
/// `eps = 1e-6`, `affine = true`, `bias = affine`.
///
/// # Source
/// Liu et al., "A ConvNet for the 2020s", 2022.
#[model(part)]
pub struct LayerNorm2d<const CHANNELS: usize> {
    #[default(1e-6)]
    eps: f32,
    #[default(true)]
    affine: bool,
    #[default(affine)]
    #[init(ones)]
    weight: Option<Param<CHANNELS>>,
    #[default(affine)]
    bias: Option<Param<CHANNELS>>,
}

#[model]
impl<const CHANNELS: usize> LayerNorm2d<CHANNELS> {
    #[track_caller]
    pub fn forward<N: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, CHANNELS, H, W>) -> Tensor<N, CHANNELS, H, W> {
        x.layer_norm(axes = 1, weight = self.weight, bias = self.bias, eps = self.eps)
    }
}

/// A layer over trailing axes that leaves the mean where it is.
macro_rules! rms_norm {
    ($(#[$doc:meta])* $name:ident, [$($generics:tt)*], [$($sizes:tt)*], [$($axes:tt)*]) => {
        $(#[$doc])*
        ///
        /// # Settings
        /// `eps = 2⁻²³` (that of `f32`), `elementwise_affine = true`.
        ///
        /// # Source
        /// Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
        #[model(part)]
        pub struct $name<$($generics)*> {
            #[default(1.1920929e-7)]
            eps: f32,
            #[default(true)]
            elementwise_affine: bool,
            #[default(elementwise_affine)]
            #[init(ones)]
            weight: Option<Param<$($sizes)*>>,
        }

        #[model]
        impl<$($generics)*> $name<$($sizes)*> {
            #[track_caller]
            pub fn forward(&self, x: Tensor<_, $($sizes)*>) -> Tensor<_, $($sizes)*> {
                x.rms_norm(axes = [$($axes)*], weight = self.weight, eps = self.eps)
            }
        }
    };
}

rms_norm! {
    /// `x / √(mean(x²) + eps) · weight` over the last axis, PyTorch's `RMSNorm(FEATURES)`.
    ///
    /// # Shapes
    /// - `x` and result: `[…, FEATURES]`
    /// - `weight`: `[FEATURES]`
    RmsNorm, [const FEATURES: usize], [FEATURES], [-1]
}

rms_norm! {
    /// `x / √(mean(x²) + eps) · weight` over the last two axes, PyTorch's `RMSNorm((ROWS, COLUMNS))`.
    ///
    /// # Shapes
    /// - `x` and result: `[…, ROWS, COLUMNS]`
    /// - `weight`: `[ROWS, COLUMNS]`
    RmsNormOver2, [const ROWS: usize, const COLUMNS: usize], [ROWS, COLUMNS], [-2, -1]
}

rms_norm! {
    /// `x / √(mean(x²) + eps) · weight` over the last three axes, PyTorch's `RMSNorm((CHANNELS, ROWS, COLUMNS))`.
    ///
    /// # Shapes
    /// - `x` and result: `[…, CHANNELS, ROWS, COLUMNS]`
    /// - `weight`: `[CHANNELS, ROWS, COLUMNS]`
    RmsNormOver3,
    [const CHANNELS: usize, const ROWS: usize, const COLUMNS: usize],
    [CHANNELS, ROWS, COLUMNS],
    [-3, -2, -1]
}

/// `(x - mean) / √(var + eps) · weight + bias`, mean and variance over each of `GROUPS` groups of channels, weight and
/// bias per channel. PyTorch's `GroupNorm(GROUPS, CHANNELS)`.
///
/// # Shapes
/// - `x` and result: `[N, CHANNELS, …]`
/// - `weight`, `bias`: `[CHANNELS]`
///
/// # Settings
/// `eps = 1e-5`, `affine = true`, `bias = affine`.
///
/// # Source
/// Wu and He, "Group Normalization", 2018.
#[model(part)]
pub struct GroupNorm<const GROUPS: usize, const CHANNELS: usize> {
    #[default(1e-5)]
    eps: f32,
    #[default(true)]
    affine: bool,
    #[default(affine)]
    #[init(ones)]
    weight: Option<Param<CHANNELS>>,
    #[default(affine)]
    bias: Option<Param<CHANNELS>>,
}

#[model]
impl<const GROUPS: usize, const CHANNELS: usize> GroupNorm<GROUPS, CHANNELS> {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.group_norm(GROUPS, weight = self.weight, bias = self.bias, eps = self.eps)
    }
}

/// `x / (k + alpha · mean(x² of SIZE neighbouring channels))^beta`, PyTorch's `LocalResponseNorm(SIZE)`.
///
/// # Shapes
/// - `x` and result: `[N, channels, …]`
///
/// # Settings
/// `alpha = 1e-4`, `beta = 0.75`, `k = 1`.
///
/// # Source
/// Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", 2012.
#[model(part)]
pub struct LocalResponseNorm<const SIZE: usize> {
    #[default(1e-4)]
    alpha: f32,
    #[default(0.75)]
    beta: f32,
    #[default(1.0)]
    k: f32,
}

#[model]
impl<const SIZE: usize> LocalResponseNorm<SIZE> {
    #[track_caller]
    pub fn forward(&self, x: Tensor<_>) -> Tensor<_> {
        x.local_response_norm(SIZE, alpha = self.alpha, beta = self.beta, k = self.k)
    }
}
