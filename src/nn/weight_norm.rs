//! Weight normalisation: layers whose weight is a length and a direction for each output.

use super::conv::conv;
use super::conv_transpose::conv_transpose;
use super::linear::linear;
use crate::model;

/// A layer of `$layer` whose weight is `g · v / ‖v‖`. `$what` is what the layer is told besides, `$lengths` the shape of
/// `g`, `$directions` that of `v`.
macro_rules! weight_norm {
    (
        $(#[$doc:meta])* $layer:ident, [$($what:tt)*], [$($lengths:tt)*], [$($directions:tt)*]
    ) => {
        $layer! {
            $(#[$doc])*
            $($what)*
            [
                #[init(norm_of(weight_v))]
                weight_g: Param<$($lengths)*>,
                #[init(kaiming_uniform(sqrt(5.0)))]
                weight_v: Param<$($directions)*>,
            ],
            [self.weight()],
            [
                /// The weight of the plain layer that does the same.
                #[track_caller]
                pub fn weight(&self) -> Tensor<Inferred> {
                    let norm = self.weight_v.flatten(1).norm(axes = 1).reshape([$($lengths)*]);
                    self.weight_v * (self.weight_g / norm)
                }
            ]
        }
    };
}

weight_norm! {
    /// `y = x Wᵀ + b` with `W = weight_g · weight_v / ‖weight_v‖`, PyTorch's `weight_norm(Linear(…))`: the length of each
    /// row of the weight is learned apart from its direction.
    ///
    /// The layer starts as the plain one: `weight_v` as its weight, `weight_g` as the norm of `weight_v`. `weight()` is
    /// `W`, for use in the plain layer.
    ///
    /// # Shapes
    /// - `x`: `[…, INPUT_FEATURES]`
    /// - result: `[…, OUTPUT_FEATURES]`
    /// - `weight_g`: `[OUTPUT_FEATURES, 1]`, `weight_v`: `[OUTPUT_FEATURES, INPUT_FEATURES]`, `bias`: `[OUTPUT_FEATURES]`;
    ///   norms are those of rows
    ///
    /// # Source
    /// Salimans and Kingma, "Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural
    /// Networks", 2016, <https://arxiv.org/abs/1602.07868>.
    ///
    /// # Settings
    /// `bias = true`, as of [`Linear`](super::Linear).
    linear, [WeightNormLinear,], [OUTPUT_FEATURES, 1], [OUTPUT_FEATURES, INPUT_FEATURES]
}

weight_norm! {
    /// One-dimensional convolution with the weight `weight_g · weight_v / ‖weight_v‖`, PyTorch's
    /// `weight_norm(Conv1d(…))`: the length of each filter is learned apart from its direction.
    ///
    /// It starts as the plain convolution: `weight_v` as its weight, `weight_g` as the norms of `weight_v`. `weight()` is
    /// the weight, for use in the plain layer.
    ///
    /// # Shapes
    /// - `x` and result: those of [`Conv1d`](super::Conv1d)
    /// - `weight_g`: `[OUTPUT_CHANNELS, 1, 1]`, `weight_v`: `[OUTPUT_CHANNELS, INPUT_CHANNELS / groups, kernel_size]`, `bias`:
    ///   `[OUTPUT_CHANNELS]`; norms are those over all axes but the first
    ///
    /// # Source
    /// Salimans and Kingma, "Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural
    /// Networks", 2016, <https://arxiv.org/abs/1602.07868>.
    ///
    /// # Settings
    /// Those of [`Conv1d`](super::Conv1d): `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `dilation = 1`,
    conv,
    [
        WeightNormConv1d, conv1d, [usize], [kernel_size], [N: Dim, L: Dim], [L], [1],
    ],
    [OUTPUT_CHANNELS, 1, 1],
    [OUTPUT_CHANNELS, { INPUT_CHANNELS / groups }, kernel_size]
}

weight_norm! {
    /// Two-dimensional convolution with the weight `weight_g · weight_v / ‖weight_v‖`, PyTorch's
    /// `weight_norm(Conv2d(…))`: the length of each filter is learned apart from its direction.
    ///
    /// It starts as the plain convolution: `weight_v` as its weight, `weight_g` as the norms of `weight_v`. `weight()` is
    /// the weight, for use in the plain layer.
    ///
    /// # Shapes
    /// - `x` and result: those of [`Conv2d`](super::Conv2d)
    /// - `weight_g`: `[OUTPUT_CHANNELS, 1, 1, 1]`, `weight_v`: `[OUTPUT_CHANNELS, INPUT_CHANNELS / groups, kernel_size…]`, `bias`:
    ///   `[OUTPUT_CHANNELS]`; norms are those over all axes but the first
    ///
    /// # Source
    /// Salimans and Kingma, "Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural
    /// Networks", 2016, <https://arxiv.org/abs/1602.07868>.
    ///
    /// # Settings
    /// Those of [`Conv2d`](super::Conv2d): `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `dilation = 1`,
    conv,
    [
        WeightNormConv2d, conv2d, [[usize; 2]], [kernel_size[0] * kernel_size[1]],
        [N: Dim, H: Dim, W: Dim], [H, W], [1, 1],
    ],
    [OUTPUT_CHANNELS, 1, 1, 1],
    [OUTPUT_CHANNELS, { INPUT_CHANNELS / groups }, { kernel_size[0] }, { kernel_size[1] }]
}

weight_norm! {
    /// Three-dimensional convolution with the weight `weight_g · weight_v / ‖weight_v‖`, PyTorch's
    /// `weight_norm(Conv3d(…))`: the length of each filter is learned apart from its direction.
    ///
    /// It starts as the plain convolution: `weight_v` as its weight, `weight_g` as the norms of `weight_v`. `weight()` is
    /// the weight, for use in the plain layer.
    ///
    /// # Shapes
    /// - `x` and result: those of [`Conv3d`](super::Conv3d)
    /// - `weight_g`: `[OUTPUT_CHANNELS, 1, 1, 1, 1]`, `weight_v`: `[OUTPUT_CHANNELS, INPUT_CHANNELS / groups, kernel_size…]`, `bias`:
    ///   `[OUTPUT_CHANNELS]`; norms are those over all axes but the first
    ///
    /// # Source
    /// Salimans and Kingma, "Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural
    /// Networks", 2016, <https://arxiv.org/abs/1602.07868>.
    ///
    /// # Settings
    /// Those of [`Conv3d`](super::Conv3d): `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `dilation = 1`,
    conv,
    [
        WeightNormConv3d, conv3d, [[usize; 3]], [kernel_size[0] * kernel_size[1] * kernel_size[2]],
        [N: Dim, D: Dim, H: Dim, W: Dim], [D, H, W], [1, 1, 1],
    ],
    [OUTPUT_CHANNELS, 1, 1, 1, 1],
    [OUTPUT_CHANNELS, { INPUT_CHANNELS / groups }, { kernel_size[0] }, { kernel_size[1] }, { kernel_size[2] }]
}

weight_norm! {
    /// One-dimensional transposed convolution with the weight `weight_g · weight_v / ‖weight_v‖`, PyTorch's
    /// `weight_norm(ConvTranspose1d(…))`. As there, a length belongs to an input channel, the first axis of the weight;
    /// the rest is that of [`WeightNormConv1d`].
    ///
    /// # Shapes
    /// - `x` and result: those of [`ConvTranspose1d`](super::ConvTranspose1d)
    /// - `weight_g`: `[INPUT_CHANNELS, 1, 1]`, `weight_v`: `[INPUT_CHANNELS, OUTPUT_CHANNELS / groups, kernel_size]`,
    ///   `bias`: `[OUTPUT_CHANNELS]`; norms are those over all axes but the first
    ///
    /// # Source
    /// Salimans and Kingma, "Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural
    /// Networks", 2016, <https://arxiv.org/abs/1602.07868>.
    ///
    /// # Settings
    /// Those of [`ConvTranspose1d`](super::ConvTranspose1d): `kernel_size = KERNEL`, `stride = 1`, `padding = 0`,
    /// `output_padding = 0`, `dilation = 1`,
    conv_transpose,
    [
        WeightNormConvTranspose1d, conv_transpose1d, [usize], [kernel_size],
        [N: Dim, L: Dim], [L], [1],
    ],
    [INPUT_CHANNELS, 1, 1],
    [INPUT_CHANNELS, { OUTPUT_CHANNELS / groups }, kernel_size]
}

weight_norm! {
    /// Two-dimensional transposed convolution with the weight `weight_g · weight_v / ‖weight_v‖`, PyTorch's
    /// `weight_norm(ConvTranspose2d(…))`. As there, a length belongs to an input channel, the first axis of the weight;
    /// the rest is that of [`WeightNormConv2d`].
    ///
    /// # Shapes
    /// - `x` and result: those of [`ConvTranspose2d`](super::ConvTranspose2d)
    /// - `weight_g`: `[INPUT_CHANNELS, 1, 1, 1]`, `weight_v`: `[INPUT_CHANNELS, OUTPUT_CHANNELS / groups, kernel_size…]`,
    ///   `bias`: `[OUTPUT_CHANNELS]`; norms are those over all axes but the first
    ///
    /// # Source
    /// Salimans and Kingma, "Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural
    /// Networks", 2016, <https://arxiv.org/abs/1602.07868>.
    ///
    /// # Settings
    /// Those of [`ConvTranspose2d`](super::ConvTranspose2d): `kernel_size = KERNEL`, `stride = 1`, `padding = 0`,
    /// `output_padding = 0`, `dilation = 1`,
    conv_transpose,
    [
        WeightNormConvTranspose2d, conv_transpose2d, [[usize; 2]], [kernel_size[0] * kernel_size[1]],
        [N: Dim, H: Dim, W: Dim], [H, W], [1, 1],
    ],
    [INPUT_CHANNELS, 1, 1, 1],
    [INPUT_CHANNELS, { OUTPUT_CHANNELS / groups }, { kernel_size[0] }, { kernel_size[1] }]
}

weight_norm! {
    /// Three-dimensional transposed convolution with the weight `weight_g · weight_v / ‖weight_v‖`, PyTorch's
    /// `weight_norm(ConvTranspose3d(…))`. As there, a length belongs to an input channel, the first axis of the weight;
    /// the rest is that of [`WeightNormConv3d`].
    ///
    /// # Shapes
    /// - `x` and result: those of [`ConvTranspose3d`](super::ConvTranspose3d)
    /// - `weight_g`: `[INPUT_CHANNELS, 1, 1, 1, 1]`, `weight_v`: `[INPUT_CHANNELS, OUTPUT_CHANNELS / groups, kernel_size…]`,
    ///   `bias`: `[OUTPUT_CHANNELS]`; norms are those over all axes but the first
    ///
    /// # Source
    /// Salimans and Kingma, "Weight Normalization: A Simple Reparameterization to Accelerate Training of Deep Neural
    /// Networks", 2016, <https://arxiv.org/abs/1602.07868>.
    ///
    /// # Settings
    /// Those of [`ConvTranspose3d`](super::ConvTranspose3d): `kernel_size = KERNEL`, `stride = 1`, `padding = 0`,
    /// `output_padding = 0`, `dilation = 1`,
    conv_transpose,
    [
        WeightNormConvTranspose3d, conv_transpose3d, [[usize; 3]], [kernel_size[0] * kernel_size[1] * kernel_size[2]],
        [N: Dim, D: Dim, H: Dim, W: Dim], [D, H, W], [1, 1, 1],
    ],
    [INPUT_CHANNELS, 1, 1, 1, 1],
    [INPUT_CHANNELS, { OUTPUT_CHANNELS / groups }, { kernel_size[0] }, { kernel_size[1] }, { kernel_size[2] }]
}
