//! Pooling.

use crate::model;

/// Max pooling: the layers differ in the axes after the channels and in whether they return indices. `$numbers` is a
/// number for each axis.
macro_rules! max_pool {
    (
        $(#[$doc:meta])*
        $name:ident, $method:ident, [$($numbers:tt)*], [$($dims:tt)*], [$($shape:tt)*], [$($result:tt)*]
    ) => {
        $(#[$doc])*
        #[model(part)]
        pub struct $name<const KERNEL: usize> {
            #[default(KERNEL)]
            kernel_size: $($numbers)*,
            #[default(kernel_size)]
            stride: $($numbers)*,
            #[default(0)]
            padding: $($numbers)*,
            #[default(1)]
            dilation: $($numbers)*,
            #[default(false)]
            ceil_mode: bool,
        }

        #[model]
        impl<const KERNEL: usize> $name<KERNEL> {
            #[track_caller]
            pub fn forward<$($dims)*>(&self, x: Tensor<$($shape)*>) -> $($result)* {
                x.$method(
                    self.kernel_size,
                    stride = self.stride,
                    padding = self.padding,
                    dilation = self.dilation,
                    ceil_mode = self.ceil_mode,
                )
            }
        }
    };
}

max_pool! {
    /// The largest element of each window, PyTorch's `MaxPool1d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, length]`
    /// - result: `[N, C, out_length]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`, `dilation = 1`,
    /// `ceil_mode = false`.
    MaxPool1d, max_pool1d, [usize], [N: Dim, C: Dim, L: Dim], [N, C, L], [Tensor<Inferred>]
}

max_pool! {
    /// The largest element of each window, PyTorch's `MaxPool2d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, height, width]`
    /// - result: `[N, C, out_height, out_width]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`, `dilation = 1` (each one number or
    /// `[vertical, horizontal]`),
    /// `ceil_mode = false`.
    MaxPool2d, max_pool2d, [[usize; 2]], [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W], [Tensor<Inferred>]
}

max_pool! {
    /// The largest element of each window, PyTorch's `MaxPool3d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, depth, height, width]`
    /// - result: `[N, C, out_depth, out_height, out_width]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`, `dilation = 1` (each one number or
    /// `[depth, vertical, horizontal]`),
    /// `ceil_mode = false`.
    MaxPool3d, max_pool3d, [[usize; 3]], [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W], [Tensor<Inferred>]
}

max_pool! {
    /// The largest element of each window and its place, PyTorch's `MaxPool1d` with `return_indices=True`.
    ///
    /// `let (maxima, indices) = self.pool(x);`, and [`MaxUnpool1d`](super::MaxUnpool1d) puts them back. An index is the
    /// place in the row-major `[length]` of `x`, without padding: of equal maxima the first, of NaN the last. It is
    /// `u32::MAX` for a dilated window whose elements all lie in the padding.
    ///
    /// # Shapes
    /// - `x`: `[N, C, length]`
    /// - results: `[N, C, out_length]`, of `f32` and of `u32`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`, `dilation = 1`,
    /// `ceil_mode = false`.
    MaxPool1dWithIndices, max_pool1d_with_indices, [usize], [N: Dim, C: Dim, L: Dim], [N, C, L],
    [(Tensor<Inferred>, Tensor<u32, Inferred>)]
}

max_pool! {
    /// The largest element of each window and its place, PyTorch's `MaxPool2d` with `return_indices=True`.
    ///
    /// `let (maxima, indices) = self.pool(x);`, and [`MaxUnpool2d`](super::MaxUnpool2d) puts them back. An index is the
    /// place in the row-major `[height, width]` of `x`, without padding: of equal maxima the first, of NaN the last. It is
    /// `u32::MAX` for a dilated window whose elements all lie in the padding.
    ///
    /// # Shapes
    /// - `x`: `[N, C, height, width]`
    /// - results: `[N, C, out_height, out_width]`, of `f32` and of `u32`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`, `dilation = 1` (each one number or
    /// `[vertical, horizontal]`),
    /// `ceil_mode = false`.
    MaxPool2dWithIndices, max_pool2d_with_indices, [[usize; 2]], [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W],
    [(Tensor<Inferred>, Tensor<u32, Inferred>)]
}

max_pool! {
    /// The largest element of each window and its place, PyTorch's `MaxPool3d` with `return_indices=True`.
    ///
    /// `let (maxima, indices) = self.pool(x);`, and [`MaxUnpool3d`](super::MaxUnpool3d) puts them back. An index is the
    /// place in the row-major `[depth, height, width]` of `x`, without padding: of equal maxima the first, of NaN the last. It is
    /// `u32::MAX` for a dilated window whose elements all lie in the padding.
    ///
    /// # Shapes
    /// - `x`: `[N, C, depth, height, width]`
    /// - results: `[N, C, out_depth, out_height, out_width]`, of `f32` and of `u32`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`, `dilation = 1` (each one number or
    /// `[depth, vertical, horizontal]`),
    /// `ceil_mode = false`.
    MaxPool3dWithIndices, max_pool3d_with_indices, [[usize; 3]], [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W],
    [(Tensor<Inferred>, Tensor<u32, Inferred>)]
}

/// Average pooling: the layers differ in the axes after the channels. `$numbers` is a number for each of them.
macro_rules! avg_pool {
    ($(#[$doc:meta])* $name:ident, $method:ident, [$($numbers:tt)*], [$($dims:tt)*], [$($shape:tt)*]) => {
        /// The mean of each window.
        ///
        $(#[$doc])*
        #[model(part)]
        pub struct $name<const KERNEL: usize> {
            #[default(KERNEL)]
            kernel_size: $($numbers)*,
            #[default(kernel_size)]
            stride: $($numbers)*,
            #[default(0)]
            padding: $($numbers)*,
            #[default(false)]
            ceil_mode: bool,
            #[default(true)]
            count_include_pad: bool,
            #[default(0)]
            divisor_override: usize,
        }

        #[model]
        impl<const KERNEL: usize> $name<KERNEL> {
            #[track_caller]
            pub fn forward<$($dims)*>(&self, x: Tensor<$($shape)*>) -> Tensor<Inferred> {
                if self.divisor_override == 0 {
                    x.$method(
                        self.kernel_size,
                        stride = self.stride,
                        padding = self.padding,
                        ceil_mode = self.ceil_mode,
                        count_include_pad = self.count_include_pad,
                    )
                } else {
                    x.$method(
                        self.kernel_size,
                        stride = self.stride,
                        padding = self.padding,
                        ceil_mode = self.ceil_mode,
                        divisor_override = self.divisor_override,
                    )
                }
            }
        }
    };
}

avg_pool! {
    /// PyTorch's `AvgPool1d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, length]`
    /// - result: `[N, C, out_length]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`,
    /// `ceil_mode = false`, `count_include_pad = true`, `divisor_override = 0`, where 0 divides by the number of
    /// elements.
    AvgPool1d, avg_pool1d, [usize], [N: Dim, C: Dim, L: Dim], [N, C, L]
}

avg_pool! {
    /// PyTorch's `AvgPool2d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, height, width]`
    /// - result: `[N, C, out_height, out_width]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0` (each one number or `[vertical, horizontal]`),
    /// `ceil_mode = false`, `count_include_pad = true`, `divisor_override = 0`, where 0 divides by the number of
    /// elements.
    AvgPool2d, avg_pool2d, [[usize; 2]], [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W]
}

avg_pool! {
    /// PyTorch's `AvgPool3d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, depth, height, width]`
    /// - result: `[N, C, out_depth, out_height, out_width]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0` (each one number or
    /// `[depth, vertical, horizontal]`),
    /// `ceil_mode = false`, `count_include_pad = true`, `divisor_override = 0`, where 0 divides by the number of
    /// elements.
    AvgPool3d, avg_pool3d, [[usize; 3]], [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W]
}

/// Power pooling: the layers differ in the axes after the channels. `$numbers` is a number for each of them.
macro_rules! lp_pool {
    ($(#[$doc:meta])* $name:ident, $method:ident, [$($numbers:tt)*], [$($dims:tt)*], [$($shape:tt)*]) => {
        /// `(Σ x^norm_type)^(1 / norm_type)` over each window.
        ///
        $(#[$doc])*
        /// `ceil_mode = false`. `norm_type = 1` adds up, `f32::INFINITY` takes the largest magnitude.
        #[model(part)]
        pub struct $name<const KERNEL: usize> {
            #[default(2.0)]
            norm_type: f32,
            #[default(KERNEL)]
            kernel_size: $($numbers)*,
            #[default(kernel_size)]
            stride: $($numbers)*,
            #[default(false)]
            ceil_mode: bool,
        }

        #[model]
        impl<const KERNEL: usize> $name<KERNEL> {
            #[track_caller]
            pub fn forward<$($dims)*>(&self, x: Tensor<$($shape)*>) -> Tensor<Inferred> {
                x.$method(self.norm_type, self.kernel_size, stride = self.stride, ceil_mode = self.ceil_mode)
            }
        }
    };
}

lp_pool! {
    /// PyTorch's `LPPool1d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, length]`
    /// - result: `[N, C, out_length]`
    ///
    /// # Settings
    /// `norm_type = 2.0`, `kernel_size = KERNEL`, `stride = kernel_size`,
    LpPool1d, lp_pool1d, [usize], [N: Dim, C: Dim, L: Dim], [N, C, L]
}

lp_pool! {
    /// PyTorch's `LPPool2d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, height, width]`
    /// - result: `[N, C, out_height, out_width]`
    ///
    /// # Settings
    /// `norm_type = 2.0`, `kernel_size = KERNEL`, `stride = kernel_size` (each one number or `[vertical, horizontal]`),
    LpPool2d, lp_pool2d, [[usize; 2]], [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W]
}

lp_pool! {
    /// PyTorch's `LPPool3d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, depth, height, width]`
    /// - result: `[N, C, out_depth, out_height, out_width]`
    ///
    /// # Settings
    /// `norm_type = 2.0`, `kernel_size = KERNEL`, `stride = kernel_size` (each one number or
    /// `[depth, vertical, horizontal]`),
    LpPool3d, lp_pool3d, [[usize; 3]], [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W]
}
