//! Pooling to a given size, and over all places.

use crate::model;

/// The mean of each of `SIZE` parts per axis, PyTorch's `AdaptiveAvgPool1d`.
///
/// # Shapes
/// - `x`: `[N, C, length]`
/// - result: `[N, C, SIZE]`, or `output_size`
///
/// # Settings
/// `output_size = SIZE` (a number), where 0 keeps the size of an axis.
#[model(part)]
pub struct AdaptiveAvgPool1d<const SIZE: usize> {
    #[default(SIZE)]
    output_size: usize,
}

#[model]
impl<const SIZE: usize> AdaptiveAvgPool1d<SIZE> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, L: Dim>(&self, x: Tensor<N, C, L>) -> Tensor<Inferred> {
        x.adaptive_avg_pool1d(self.output_size)
    }
}

/// The mean of each of `SIZE` parts per axis, PyTorch's `AdaptiveAvgPool2d`.
///
/// # Shapes
/// - `x`: `[N, C, height, width]`
/// - result: `[N, C, SIZE, SIZE]`, or `output_size`
///
/// # Settings
/// `output_size = SIZE` (one number or `[vertical, horizontal]`), where 0 keeps the size of an axis.
#[model(part)]
pub struct AdaptiveAvgPool2d<const SIZE: usize> {
    #[default(SIZE)]
    output_size: [usize; 2],
}

#[model]
impl<const SIZE: usize> AdaptiveAvgPool2d<SIZE> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        x.adaptive_avg_pool2d(self.output_size)
    }
}

/// The mean of each of `SIZE` parts per axis, PyTorch's `AdaptiveAvgPool3d`.
///
/// # Shapes
/// - `x`: `[N, C, depth, height, width]`
/// - result: `[N, C, SIZE, SIZE, SIZE]`, or `output_size`
///
/// # Settings
/// `output_size = SIZE` (one number or `[depth, vertical, horizontal]`), where 0 keeps the size of an axis.
#[model(part)]
pub struct AdaptiveAvgPool3d<const SIZE: usize> {
    #[default(SIZE)]
    output_size: [usize; 3],
}

#[model]
impl<const SIZE: usize> AdaptiveAvgPool3d<SIZE> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, D: Dim, H: Dim, W: Dim>(
        &self,
        x: Tensor<N, C, D, H, W>,
    ) -> Tensor<Inferred> {
        x.adaptive_avg_pool3d(self.output_size)
    }
}

/// The largest element of each of `SIZE` parts per axis, PyTorch's `AdaptiveMaxPool1d`.
///
/// # Shapes
/// - `x`: `[N, C, length]`
/// - result: `[N, C, SIZE]`, or `output_size`
///
/// # Settings
/// `output_size = SIZE` (a number), where 0 keeps the size of an axis.
#[model(part)]
pub struct AdaptiveMaxPool1d<const SIZE: usize> {
    #[default(SIZE)]
    output_size: usize,
}

#[model]
impl<const SIZE: usize> AdaptiveMaxPool1d<SIZE> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, L: Dim>(&self, x: Tensor<N, C, L>) -> Tensor<Inferred> {
        x.adaptive_max_pool1d(self.output_size)
    }
}

/// The largest element of each of `SIZE` parts per axis, PyTorch's `AdaptiveMaxPool2d`.
///
/// # Shapes
/// - `x`: `[N, C, height, width]`
/// - result: `[N, C, SIZE, SIZE]`, or `output_size`
///
/// # Settings
/// `output_size = SIZE` (one number or `[vertical, horizontal]`), where 0 keeps the size of an axis.
#[model(part)]
pub struct AdaptiveMaxPool2d<const SIZE: usize> {
    #[default(SIZE)]
    output_size: [usize; 2],
}

#[model]
impl<const SIZE: usize> AdaptiveMaxPool2d<SIZE> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        x.adaptive_max_pool2d(self.output_size)
    }
}

/// The largest element of each of `SIZE` parts per axis, PyTorch's `AdaptiveMaxPool3d`.
///
/// # Shapes
/// - `x`: `[N, C, depth, height, width]`
/// - result: `[N, C, SIZE, SIZE, SIZE]`, or `output_size`
///
/// # Settings
/// `output_size = SIZE` (one number or `[depth, vertical, horizontal]`), where 0 keeps the size of an axis.
#[model(part)]
pub struct AdaptiveMaxPool3d<const SIZE: usize> {
    #[default(SIZE)]
    output_size: [usize; 3],
}

#[model]
impl<const SIZE: usize> AdaptiveMaxPool3d<SIZE> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, D: Dim, H: Dim, W: Dim>(
        &self,
        x: Tensor<N, C, D, H, W>,
    ) -> Tensor<Inferred> {
        x.adaptive_max_pool3d(self.output_size)
    }
}

/// The mean of all places: `[N, C, length]` to `[N, C]`.
#[model(part)]
pub struct GlobalAvgPool1d;

#[model]
impl GlobalAvgPool1d {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, L: Dim>(&self, x: Tensor<N, C, L>) -> Tensor<N, C> {
        x.mean([2])
    }
}

/// The mean of all places: `[N, C, height, width]` to `[N, C]`.
#[model(part)]
pub struct GlobalAvgPool2d;

#[model]
impl GlobalAvgPool2d {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<N, C> {
        x.mean([2, 3])
    }
}

/// The mean of all places: `[N, C, depth, height, width]` to `[N, C]`.
#[model(part)]
pub struct GlobalAvgPool3d;

#[model]
impl GlobalAvgPool3d {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, D: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, D, H, W>) -> Tensor<N, C> {
        x.mean([2, 3, 4])
    }
}

/// The largest element of all places: `[N, C, length]` to `[N, C]`.
#[model(part)]
pub struct GlobalMaxPool1d;

#[model]
impl GlobalMaxPool1d {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, L: Dim>(&self, x: Tensor<N, C, L>) -> Tensor<N, C> {
        x.max([2])
    }
}

/// The largest element of all places: `[N, C, height, width]` to `[N, C]`.
#[model(part)]
pub struct GlobalMaxPool2d;

#[model]
impl GlobalMaxPool2d {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<N, C> {
        x.max([2, 3])
    }
}

/// The largest element of all places: `[N, C, depth, height, width]` to `[N, C]`.
#[model(part)]
pub struct GlobalMaxPool3d;

#[model]
impl GlobalMaxPool3d {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, D: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, D, H, W>) -> Tensor<N, C> {
        x.max([2, 3, 4])
    }
}
