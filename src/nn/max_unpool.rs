//! What max pooling lost put back in its place.

use crate::model;

/// The layers differ in the axes after the channels. `$numbers` is a number for each of them.
macro_rules! max_unpool {
    ($(#[$doc:meta])* $name:ident, $method:ident, [$($numbers:tt)*], [$($dims:tt)*], [$($shape:tt)*]) => {
        /// Maxima at the places that they came from, and 0 elsewhere.
        ///
        $(#[$doc])*
        /// Of equal indices, which overlapping windows may have, the last in row-major order wins. An index outside the
        /// result is an error at run time.
        #[model(part)]
        pub struct $name<const KERNEL: usize> {
            #[default(KERNEL)]
            kernel_size: $($numbers)*,
            #[default(kernel_size)]
            stride: $($numbers)*,
            #[default(0)]
            padding: $($numbers)*,
            #[default(0)]
            output_size: $($numbers)*,
        }

        #[model]
        impl<const KERNEL: usize> $name<KERNEL> {
            #[track_caller]
            pub fn forward<$($dims)*>(
                &self,
                x: Tensor<$($shape)*>,
                indices: Tensor<u32, $($shape)*>,
            ) -> Tensor<Inferred> {
                x.$method(
                    indices,
                    self.kernel_size,
                    stride = self.stride,
                    padding = self.padding,
                    output_size = self.output_size,
                )
            }
        }
    };
}

max_unpool! {
    /// PyTorch's `MaxUnpool1d`, for the results of [`MaxPool1dWithIndices`](super::MaxPool1dWithIndices).
    ///
    /// # Shapes
    /// - `x`: `[N, C, length]`
    /// - `indices`: as `x`, of whole numbers: `u32`, `u8` or `i64`
    /// - result: `[N, C, out_length]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`, `output_size = 0` (a number each).
    /// Where `output_size` is 0, an axis of size `n` becomes `(n - 1) stride - 2 padding + kernel_size`; other sizes
    /// are less than one stride away. It is an argument of the layer's call in PyTorch.
    ///
    MaxUnpool1d, max_unpool1d, [usize], [N: Dim, C: Dim, L: Dim], [N, C, L]
}

max_unpool! {
    /// PyTorch's `MaxUnpool2d`, for the results of [`MaxPool2dWithIndices`](super::MaxPool2dWithIndices).
    ///
    /// # Shapes
    /// - `x`: `[N, C, height, width]`
    /// - `indices`: as `x`, of whole numbers: `u32`, `u8` or `i64`
    /// - result: `[N, C, out_height, out_width]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`, `output_size = 0` (each one number or `[vertical, horizontal]`).
    /// Where `output_size` is 0, an axis of size `n` becomes `(n - 1) stride - 2 padding + kernel_size`; other sizes
    /// are less than one stride away. It is an argument of the layer's call in PyTorch.
    ///
    MaxUnpool2d, max_unpool2d, [[usize; 2]], [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W]
}

max_unpool! {
    /// PyTorch's `MaxUnpool3d`, for the results of [`MaxPool3dWithIndices`](super::MaxPool3dWithIndices).
    ///
    /// # Shapes
    /// - `x`: `[N, C, depth, height, width]`
    /// - `indices`: as `x`, of whole numbers: `u32`, `u8` or `i64`
    /// - result: `[N, C, out_depth, out_height, out_width]`
    ///
    /// # Settings
    /// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`, `output_size = 0` (each one number or
    /// `[depth, vertical, horizontal]`).
    /// Where `output_size` is 0, an axis of size `n` becomes `(n - 1) stride - 2 padding + kernel_size`; other sizes
    /// are less than one stride away. It is an argument of the layer's call in PyTorch.
    ///
    MaxUnpool3d, max_unpool3d, [[usize; 3]], [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W]
}
