//! Pooling.

use crate::model;

/// The largest element of each window, PyTorch's `MaxPool1d`.
///
/// # Shapes
/// - `x`: `[N, C, length]`
/// - result: `[N, C, out_length]`
///
/// # Settings
/// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`, `dilation = 1`, `ceil_mode = false`.
#[model(part)]
pub struct MaxPool1d<const KERNEL: usize> {
    #[default(KERNEL)]
    kernel_size: usize,
    #[default(kernel_size)]
    stride: usize,
    #[default(0)]
    padding: usize,
    #[default(1)]
    dilation: usize,
    #[default(false)]
    ceil_mode: bool,
}

#[model]
impl<const KERNEL: usize> MaxPool1d<KERNEL> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, L: Dim>(&self, x: Tensor<N, C, L>) -> Tensor<Inferred> {
        x.max_pool1d(
            self.kernel_size,
            stride = self.stride,
            padding = self.padding,
            dilation = self.dilation,
            ceil_mode = self.ceil_mode,
        )
    }
}

/// The largest element of each window, PyTorch's `MaxPool2d`.
///
/// # Shapes
/// - `x`: `[N, C, height, width]`
/// - result: `[N, C, out_height, out_width]`
///
/// # Settings
/// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`, `dilation = 1` (each one number or `[vertical,
/// horizontal]`), `ceil_mode = false`.
#[model(part)]
pub struct MaxPool2d<const KERNEL: usize> {
    #[default(KERNEL)]
    kernel_size: [usize; 2],
    #[default(kernel_size)]
    stride: [usize; 2],
    #[default(0)]
    padding: [usize; 2],
    #[default(1)]
    dilation: [usize; 2],
    #[default(false)]
    ceil_mode: bool,
}

#[model]
impl<const KERNEL: usize> MaxPool2d<KERNEL> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        x.max_pool2d(
            self.kernel_size,
            stride = self.stride,
            padding = self.padding,
            dilation = self.dilation,
            ceil_mode = self.ceil_mode,
        )
    }
}

/// The largest element of each window, PyTorch's `MaxPool3d`.
///
/// # Shapes
/// - `x`: `[N, C, depth, height, width]`
/// - result: `[N, C, out_depth, out_height, out_width]`
///
/// # Settings
/// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`, `dilation = 1` (each one number or `[depth,
/// vertical, horizontal]`), `ceil_mode = false`.
#[model(part)]
pub struct MaxPool3d<const KERNEL: usize> {
    #[default(KERNEL)]
    kernel_size: [usize; 3],
    #[default(kernel_size)]
    stride: [usize; 3],
    #[default(0)]
    padding: [usize; 3],
    #[default(1)]
    dilation: [usize; 3],
    #[default(false)]
    ceil_mode: bool,
}

#[model]
impl<const KERNEL: usize> MaxPool3d<KERNEL> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, D: Dim, H: Dim, W: Dim>(
        &self,
        x: Tensor<N, C, D, H, W>,
    ) -> Tensor<Inferred> {
        x.max_pool3d(
            self.kernel_size,
            stride = self.stride,
            padding = self.padding,
            dilation = self.dilation,
            ceil_mode = self.ceil_mode,
        )
    }
}

/// The mean of each window, PyTorch's `AvgPool1d`.
///
/// # Shapes
/// - `x`: `[N, C, length]`
/// - result: `[N, C, out_length]`
///
/// # Settings
/// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0`, `ceil_mode = false`,
/// `count_include_pad = true`.
#[model(part)]
pub struct AvgPool1d<const KERNEL: usize> {
    #[default(KERNEL)]
    kernel_size: usize,
    #[default(kernel_size)]
    stride: usize,
    #[default(0)]
    padding: usize,
    #[default(false)]
    ceil_mode: bool,
    #[default(true)]
    count_include_pad: bool,
}

#[model]
impl<const KERNEL: usize> AvgPool1d<KERNEL> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, L: Dim>(&self, x: Tensor<N, C, L>) -> Tensor<Inferred> {
        x.avg_pool1d(
            self.kernel_size,
            stride = self.stride,
            padding = self.padding,
            ceil_mode = self.ceil_mode,
            count_include_pad = self.count_include_pad,
        )
    }
}

/// The mean of each window, PyTorch's `AvgPool2d`.
///
/// # Shapes
/// - `x`: `[N, C, height, width]`
/// - result: `[N, C, out_height, out_width]`
///
/// # Settings
/// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0` (each one number or `[vertical, horizontal]`),
/// `ceil_mode = false`, `count_include_pad = true`, `divisor_override = 0`, where 0 divides by the number of elements.
#[model(part)]
pub struct AvgPool2d<const KERNEL: usize> {
    #[default(KERNEL)]
    kernel_size: [usize; 2],
    #[default(kernel_size)]
    stride: [usize; 2],
    #[default(0)]
    padding: [usize; 2],
    #[default(false)]
    ceil_mode: bool,
    #[default(true)]
    count_include_pad: bool,
    #[default(0)]
    divisor_override: usize,
}

#[model]
impl<const KERNEL: usize> AvgPool2d<KERNEL> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        if self.divisor_override == 0 {
            x.avg_pool2d(
                self.kernel_size,
                stride = self.stride,
                padding = self.padding,
                ceil_mode = self.ceil_mode,
                count_include_pad = self.count_include_pad,
            )
        } else {
            x.avg_pool2d(
                self.kernel_size,
                stride = self.stride,
                padding = self.padding,
                ceil_mode = self.ceil_mode,
                divisor_override = self.divisor_override,
            )
        }
    }
}

/// The mean of each window, PyTorch's `AvgPool3d`.
///
/// # Shapes
/// - `x`: `[N, C, depth, height, width]`
/// - result: `[N, C, out_depth, out_height, out_width]`
///
/// # Settings
/// `kernel_size = KERNEL`, `stride = kernel_size`, `padding = 0` (each one number or `[depth, vertical, horizontal]`),
/// `ceil_mode = false`, `count_include_pad = true`, `divisor_override = 0`, where 0 divides by the number of elements.
#[model(part)]
pub struct AvgPool3d<const KERNEL: usize> {
    #[default(KERNEL)]
    kernel_size: [usize; 3],
    #[default(kernel_size)]
    stride: [usize; 3],
    #[default(0)]
    padding: [usize; 3],
    #[default(false)]
    ceil_mode: bool,
    #[default(true)]
    count_include_pad: bool,
    #[default(0)]
    divisor_override: usize,
}

#[model]
impl<const KERNEL: usize> AvgPool3d<KERNEL> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, D: Dim, H: Dim, W: Dim>(
        &self,
        x: Tensor<N, C, D, H, W>,
    ) -> Tensor<Inferred> {
        if self.divisor_override == 0 {
            x.avg_pool3d(
                self.kernel_size,
                stride = self.stride,
                padding = self.padding,
                ceil_mode = self.ceil_mode,
                count_include_pad = self.count_include_pad,
            )
        } else {
            x.avg_pool3d(
                self.kernel_size,
                stride = self.stride,
                padding = self.padding,
                ceil_mode = self.ceil_mode,
                divisor_override = self.divisor_override,
            )
        }
    }
}
