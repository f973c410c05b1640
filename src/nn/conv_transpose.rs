//! Transposed convolutions.

use crate::model;

/// Transposed convolutions: the layers differ in the axes after the channels and in where the weight comes from.
/// `$numbers` is a number for each axis, `$elements` the product of the sizes of the kernel. `$fields` are the fields that
/// the weight is made of, `$weight` is the weight, `$functions` are the functions that make it.
macro_rules! conv_transpose {
    (
        $(#[$doc:meta])* $name:ident, $method:ident, [$($numbers:tt)*], [$($elements:tt)*],
        [$($dims:tt)*], [$($axes:tt)*], [$($ones:tt)*],
        [$($fields:tt)*], [$($weight:tt)*], [$($functions:tt)*]
    ) => {
        $(#[$doc])*
        /// `groups = 1`, `bias = true`. Weight and bias start uniform in ±1/√fan_in, where PyTorch counts the output
        /// channels as fan_in.
        #[model(part)]
        pub struct $name<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize> {
            #[default(KERNEL)]
            kernel_size: $($numbers)*,
            #[default(1)]
            stride: $($numbers)*,
            #[default(0)]
            padding: $($numbers)*,
            #[default(0)]
            output_padding: $($numbers)*,
            #[default(1)]
            dilation: $($numbers)*,
            #[default(1)]
            groups: usize,
            $($fields)*
            #[init(uniform(1.0 / sqrt(OUTPUT_CHANNELS / groups * $($elements)*)))]
            bias: Option<Param<OUTPUT_CHANNELS>>,
        }

        #[model]
        impl<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize>
            $name<INPUT_CHANNELS, OUTPUT_CHANNELS, KERNEL>
        {
            #[track_caller]
            pub fn forward<$($dims)*>(&self, x: Tensor<N, INPUT_CHANNELS, $($axes)*>) -> Tensor<Inferred> {
                let y = x.$method(
                    $($weight)*,
                    stride = self.stride,
                    padding = self.padding,
                    output_padding = self.output_padding,
                    groups = self.groups,
                    dilation = self.dilation,
                );
                if let Some(bias) = self.bias { y + bias.reshape([OUTPUT_CHANNELS, $($ones)*]) } else { y }
            }

            $($functions)*
        }
    };
}

pub(super) use conv_transpose;

conv_transpose! {
    /// One-dimensional transposed convolution, PyTorch's `ConvTranspose1d`: the gradient of a convolution with
    /// respect to its input.
    ///
    /// # Shapes
    /// - `x`: `[N, INPUT_CHANNELS, length]`
    /// - result: `[N, OUTPUT_CHANNELS, out_length]`, where
    ///   `out = (size - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1`
    /// - `weight`: `[INPUT_CHANNELS, OUTPUT_CHANNELS / groups, kernel_size]`, `bias`: `[OUTPUT_CHANNELS]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `output_padding = 0`, `dilation = 1`,
    ConvTranspose1d, conv_transpose1d, [usize], [kernel_size], [N: Dim, L: Dim], [L], [1],
    [
        #[init(kaiming_uniform(sqrt(5.0)))]
        weight: Param<INPUT_CHANNELS, { OUTPUT_CHANNELS / groups }, kernel_size>,
    ],
    [self.weight], []
}

conv_transpose! {
    /// Two-dimensional transposed convolution, PyTorch's `ConvTranspose2d`: the gradient of a convolution with
    /// respect to its input.
    ///
    /// # Shapes
    /// - `x`: `[N, INPUT_CHANNELS, height, width]`
    /// - result: `[N, OUTPUT_CHANNELS, out_height, out_width]`, where
    ///   `out = (size - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1`
    /// - `weight`: `[INPUT_CHANNELS, OUTPUT_CHANNELS / groups, kernel_size…]`, `bias`: `[OUTPUT_CHANNELS]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `output_padding = 0`, `dilation = 1`
    /// (each one number or `[vertical, horizontal]`),
    ConvTranspose2d, conv_transpose2d, [[usize; 2]], [kernel_size[0] * kernel_size[1]],
    [N: Dim, H: Dim, W: Dim], [H, W], [1, 1],
    [
        #[init(kaiming_uniform(sqrt(5.0)))]
        weight: Param<INPUT_CHANNELS, { OUTPUT_CHANNELS / groups }, { kernel_size[0] }, { kernel_size[1] }>,
    ],
    [self.weight], []
}

conv_transpose! {
    /// Three-dimensional transposed convolution, PyTorch's `ConvTranspose3d`: the gradient of a convolution with
    /// respect to its input.
    ///
    /// # Shapes
    /// - `x`: `[N, INPUT_CHANNELS, depth, height, width]`
    /// - result: `[N, OUTPUT_CHANNELS, out_depth, out_height, out_width]`, where
    ///   `out = (size - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1`
    /// - `weight`: `[INPUT_CHANNELS, OUTPUT_CHANNELS / groups, kernel_size…]`, `bias`: `[OUTPUT_CHANNELS]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `output_padding = 0`, `dilation = 1`
    /// (each one number or `[depth, vertical, horizontal]`),
    ConvTranspose3d, conv_transpose3d, [[usize; 3]],
    [kernel_size[0] * kernel_size[1] * kernel_size[2]],
    [N: Dim, D: Dim, H: Dim, W: Dim], [D, H, W], [1, 1, 1],
    [
        #[init(kaiming_uniform(sqrt(5.0)))]
        weight: Param<
            INPUT_CHANNELS,
            { OUTPUT_CHANNELS / groups },
            { kernel_size[0] },
            { kernel_size[1] },
            { kernel_size[2] },
        >,
    ],
    [self.weight], []
}
