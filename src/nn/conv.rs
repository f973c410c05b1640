//! Convolutions.

use crate::model;

/// Convolutions: the layers differ in the axes after the channels and in where the weight comes from. `$numbers` is a
/// number for each axis, `$elements` the product of the sizes of the kernel. `$fields` are the fields that the weight is
/// made of, `$weight` is the weight, `$functions` are the functions that make it.
macro_rules! conv {
    (
        $(#[$doc:meta])* $name:ident, $method:ident, [$($numbers:tt)*], [$($elements:tt)*],
        [$($dims:tt)*], [$($axes:tt)*], [$($ones:tt)*],
        [$($fields:tt)*], [$($weight:tt)*], [$($functions:tt)*]
    ) => {
        $(#[$doc])*
        /// `groups = 1`, `bias = true`. With `same_padding = true` the result is as large as `x`, PyTorch's
        /// `padding="same"`; the stride is 1 then. `padding_mode = "zeros"` may be `"reflect"`, `"replicate"` or
        /// `"circular"`. Weight and bias start uniform in ±1/√fan_in, as in PyTorch.
        #[model(part)]
        pub struct $name<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize> {
            #[default(KERNEL)]
            kernel_size: $($numbers)*,
            #[default(1)]
            stride: $($numbers)*,
            #[default(0)]
            padding: $($numbers)*,
            #[default(false)]
            same_padding: bool,
            #[default("zeros")]
            padding_mode: &'static str,
            #[default(1)]
            dilation: $($numbers)*,
            #[default(1)]
            groups: usize,
            $($fields)*
            #[init(uniform(1.0 / sqrt(INPUT_CHANNELS / groups * $($elements)*)))]
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
                    padding = if self.same_padding { "same" } else { self.padding },
                    dilation = self.dilation,
                    groups = self.groups,
                    padding_mode = self.padding_mode,
                );
                if let Some(bias) = self.bias { y + bias.reshape([OUTPUT_CHANNELS, $($ones)*]) } else { y }
            }

            $($functions)*
        }
    };
}

pub(super) use conv;

conv! {
    /// One-dimensional convolution, PyTorch's `Conv1d`.
    ///
    /// # Shapes
    /// - `x`: `[N, INPUT_CHANNELS, length]`
    /// - result: `[N, OUTPUT_CHANNELS, out_length]`, where
    ///   `out = (size + 2 padding - dilation (kernel_size - 1) - 1) / stride + 1`, rounded down
    /// - `weight`: `[OUTPUT_CHANNELS, INPUT_CHANNELS / groups, kernel_size]`, `bias`: `[OUTPUT_CHANNELS]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `dilation = 1`,
    Conv1d, conv1d, [usize], [kernel_size], [N: Dim, L: Dim], [L], [1],
    [
        #[init(kaiming_uniform(sqrt(5.0)))]
        weight: Param<OUTPUT_CHANNELS, { INPUT_CHANNELS / groups }, kernel_size>,
    ],
    [self.weight], []
}

conv! {
    /// Two-dimensional convolution, PyTorch's `Conv2d`. A kernel that is not square is a setting:
    /// `#[with(kernel_size = [3, 5])]`.
    ///
    /// # Shapes
    /// - `x`: `[N, INPUT_CHANNELS, height, width]`
    /// - result: `[N, OUTPUT_CHANNELS, out_height, out_width]`, where
    ///   `out = (size + 2 padding - dilation (kernel_size - 1) - 1) / stride + 1`, rounded down
    /// - `weight`: `[OUTPUT_CHANNELS, INPUT_CHANNELS / groups, kernel_size…]`, `bias`: `[OUTPUT_CHANNELS]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `dilation = 1` (each one number or
    /// `[vertical, horizontal]`),
    Conv2d, conv2d, [[usize; 2]], [kernel_size[0] * kernel_size[1]],
    [N: Dim, H: Dim, W: Dim], [H, W], [1, 1],
    [
        #[init(kaiming_uniform(sqrt(5.0)))]
        weight: Param<OUTPUT_CHANNELS, { INPUT_CHANNELS / groups }, { kernel_size[0] }, { kernel_size[1] }>,
    ],
    [self.weight], []
}

conv! {
    /// Three-dimensional convolution, PyTorch's `Conv3d`. A kernel that is not a cube is a setting:
    /// `#[with(kernel_size = [1, 3, 3])]`.
    ///
    /// # Shapes
    /// - `x`: `[N, INPUT_CHANNELS, depth, height, width]`
    /// - result: `[N, OUTPUT_CHANNELS, out_depth, out_height, out_width]`, where
    ///   `out = (size + 2 padding - dilation (kernel_size - 1) - 1) / stride + 1`, rounded down
    /// - `weight`: `[OUTPUT_CHANNELS, INPUT_CHANNELS / groups, kernel_size…]`, `bias`: `[OUTPUT_CHANNELS]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `dilation = 1` (each one number or
    /// `[depth, vertical, horizontal]`),
    Conv3d, conv3d, [[usize; 3]],
    [kernel_size[0] * kernel_size[1] * kernel_size[2]],
    [N: Dim, D: Dim, H: Dim, W: Dim], [D, H, W], [1, 1, 1],
    [
        #[init(kaiming_uniform(sqrt(5.0)))]
        weight: Param<OUTPUT_CHANNELS, { INPUT_CHANNELS / groups }, { kernel_size[0] }, { kernel_size[1] }, { kernel_size[2] }>,
    ],
    [self.weight], []
}
