//! Pooling to a given size, and over all places.

use crate::model;

/// Pooling to a given size: the layers differ in what they make of a part and return, and in the axes after the
/// channels.
macro_rules! adaptive_pool {
    (
        $(#[$doc:meta])*
        $name:ident, $method:ident, [$($numbers:tt)*], [$($dims:tt)*], [$($shape:tt)*], [$($result:tt)*]
    ) => {
        $(#[$doc])*
        #[model(part)]
        pub struct $name<const SIZE: usize> {
            #[default(SIZE)]
            output_size: $($numbers)*,
        }

        #[model]
        impl<const SIZE: usize> $name<SIZE> {
            #[track_caller]
            pub fn forward<$($dims)*>(&self, x: Tensor<$($shape)*>) -> $($result)* {
                x.$method(self.output_size)
            }
        }
    };
}

adaptive_pool! {
    /// The mean of each of `SIZE` parts per axis, PyTorch's `AdaptiveAvgPool1d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, length]`
    /// - result: `[N, C, SIZE]`, or `output_size`
    ///
    /// # Settings
    /// `output_size = SIZE` (a number), where 0 keeps the size of an axis.
    AdaptiveAvgPool1d, adaptive_avg_pool1d, [usize], [N: Dim, C: Dim, L: Dim], [N, C, L], [Tensor<Inferred>]
}

adaptive_pool! {
    /// The mean of each of `SIZE` parts per axis, PyTorch's `AdaptiveAvgPool2d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, height, width]`
    /// - result: `[N, C, SIZE, SIZE]`, or `output_size`
    ///
    /// # Settings
    /// `output_size = SIZE` (one number or `[vertical, horizontal]`), where 0 keeps the size of an axis.
    AdaptiveAvgPool2d, adaptive_avg_pool2d, [[usize; 2]], [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W],
    [Tensor<Inferred>]
}

adaptive_pool! {
    /// The mean of each of `SIZE` parts per axis, PyTorch's `AdaptiveAvgPool3d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, depth, height, width]`
    /// - result: `[N, C, SIZE, SIZE, SIZE]`, or `output_size`
    ///
    /// # Settings
    /// `output_size = SIZE` (one number or `[depth, vertical, horizontal]`), where 0 keeps the size of an axis.
    AdaptiveAvgPool3d, adaptive_avg_pool3d, [[usize; 3]], [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W],
    [Tensor<Inferred>]
}

adaptive_pool! {
    /// The largest element of each of `SIZE` parts per axis, PyTorch's `AdaptiveMaxPool1d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, length]`
    /// - result: `[N, C, SIZE]`, or `output_size`
    ///
    /// # Settings
    /// `output_size = SIZE` (a number), where 0 keeps the size of an axis.
    AdaptiveMaxPool1d, adaptive_max_pool1d, [usize], [N: Dim, C: Dim, L: Dim], [N, C, L], [Tensor<Inferred>]
}

adaptive_pool! {
    /// The largest element of each of `SIZE` parts per axis, PyTorch's `AdaptiveMaxPool2d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, height, width]`
    /// - result: `[N, C, SIZE, SIZE]`, or `output_size`
    ///
    /// # Settings
    /// `output_size = SIZE` (one number or `[vertical, horizontal]`), where 0 keeps the size of an axis.
    AdaptiveMaxPool2d, adaptive_max_pool2d, [[usize; 2]], [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W],
    [Tensor<Inferred>]
}

adaptive_pool! {
    /// The largest element of each of `SIZE` parts per axis, PyTorch's `AdaptiveMaxPool3d`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, depth, height, width]`
    /// - result: `[N, C, SIZE, SIZE, SIZE]`, or `output_size`
    ///
    /// # Settings
    /// `output_size = SIZE` (one number or `[depth, vertical, horizontal]`), where 0 keeps the size of an axis.
    AdaptiveMaxPool3d, adaptive_max_pool3d, [[usize; 3]], [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W],
    [Tensor<Inferred>]
}

adaptive_pool! {
    /// The largest element of each of `SIZE` parts per axis and its place, PyTorch's `AdaptiveMaxPool1d` with
    /// `return_indices=True`.
    ///
    /// `let (maxima, indices) = self.pool(x);`, where an index is the place in the row-major `[length]` of `x`: of
    /// equal maxima the first, of NaN the last.
    ///
    /// # Shapes
    /// - `x`: `[N, C, length]`
    /// - results: `[N, C, SIZE]`, or `output_size`, of `f32` and of `u32`
    ///
    /// # Settings
    /// `output_size = SIZE` (a number), where 0 keeps the size of an axis.
    AdaptiveMaxPool1dWithIndices, adaptive_max_pool1d_with_indices, [usize], [N: Dim, C: Dim, L: Dim], [N, C, L],
    [(Tensor<Inferred>, Tensor<u32, Inferred>)]
}

adaptive_pool! {
    /// The largest element of each of `SIZE` parts per axis and its place, PyTorch's `AdaptiveMaxPool2d` with
    /// `return_indices=True`.
    ///
    /// `let (maxima, indices) = self.pool(x);`, where an index is the place in the row-major `[height, width]` of `x`: of
    /// equal maxima the first, of NaN the last.
    ///
    /// # Shapes
    /// - `x`: `[N, C, height, width]`
    /// - results: `[N, C, SIZE, SIZE]`, or `output_size`, of `f32` and of `u32`
    ///
    /// # Settings
    /// `output_size = SIZE` (one number or `[vertical, horizontal]`), where 0 keeps the size of an axis.
    AdaptiveMaxPool2dWithIndices, adaptive_max_pool2d_with_indices, [[usize; 2]], [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W],
    [(Tensor<Inferred>, Tensor<u32, Inferred>)]
}

adaptive_pool! {
    /// The largest element of each of `SIZE` parts per axis and its place, PyTorch's `AdaptiveMaxPool3d` with
    /// `return_indices=True`.
    ///
    /// `let (maxima, indices) = self.pool(x);`, where an index is the place in the row-major `[depth, height, width]` of `x`: of
    /// equal maxima the first, of NaN the last.
    ///
    /// # Shapes
    /// - `x`: `[N, C, depth, height, width]`
    /// - results: `[N, C, SIZE, SIZE, SIZE]`, or `output_size`, of `f32` and of `u32`
    ///
    /// # Settings
    /// `output_size = SIZE` (one number or `[depth, vertical, horizontal]`), where 0 keeps the size of an axis.
    AdaptiveMaxPool3dWithIndices, adaptive_max_pool3d_with_indices, [[usize; 3]], [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W],
    [(Tensor<Inferred>, Tensor<u32, Inferred>)]
}

/// Pooling over all places of a channel.
macro_rules! global_pool {
    ($(#[$doc:meta])* $name:ident, $method:ident, [$($axes:tt)*], [$($dims:tt)*], [$($shape:tt)*]) => {
        $(#[$doc])*
        #[model(part)]
        pub struct $name;

        #[model]
        impl $name {
            #[track_caller]
            pub fn forward<$($dims)*>(&self, x: Tensor<$($shape)*>) -> Tensor<N, C> {
                x.$method([$($axes)*])
            }
        }
    };
}

global_pool! {
    /// The mean of all places: `[N, C, length]` to `[N, C]`.
    GlobalAvgPool1d, mean, [2], [N: Dim, C: Dim, L: Dim], [N, C, L]
}

global_pool! {
    /// The mean of all places: `[N, C, height, width]` to `[N, C]`.
    GlobalAvgPool2d, mean, [2, 3], [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W]
}

global_pool! {
    /// The mean of all places: `[N, C, depth, height, width]` to `[N, C]`.
    GlobalAvgPool3d, mean, [2, 3, 4], [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W]
}

global_pool! {
    /// The largest element of all places: `[N, C, length]` to `[N, C]`.
    GlobalMaxPool1d, max, [2], [N: Dim, C: Dim, L: Dim], [N, C, L]
}

global_pool! {
    /// The largest element of all places: `[N, C, height, width]` to `[N, C]`.
    GlobalMaxPool2d, max, [2, 3], [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W]
}

global_pool! {
    /// The largest element of all places: `[N, C, depth, height, width]` to `[N, C]`.
    GlobalMaxPool3d, max, [2, 3, 4], [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W]
}
