//! Pooling.

use crate::model;

/// The largest element of each window, PyTorch's `MaxPool2d`.
///
/// # Shapes
/// - `x`: `[N, C, height, width]`
/// - result: `[N, C, out_height, out_width]`
///
/// # Settings
/// `stride = KERNEL`, `padding = 0`, `dilation = 1` (each one number or `[vertical, horizontal]`),
/// `ceil_mode = false`.
#[model(part)]
pub struct MaxPool2d<const KERNEL: usize> {
    #[default(KERNEL)]
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
            KERNEL,
            stride = self.stride,
            padding = self.padding,
            dilation = self.dilation,
            ceil_mode = self.ceil_mode,
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
/// `stride = KERNEL`, `padding = 0` (each one number or `[vertical, horizontal]`), `ceil_mode = false`,
/// `count_include_pad = true`.
#[model(part)]
pub struct AvgPool2d<const KERNEL: usize> {
    #[default(KERNEL)]
    stride: [usize; 2],
    #[default(0)]
    padding: [usize; 2],
    #[default(false)]
    ceil_mode: bool,
    #[default(true)]
    count_include_pad: bool,
}

#[model]
impl<const KERNEL: usize> AvgPool2d<KERNEL> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        x.avg_pool2d(
            KERNEL,
            stride = self.stride,
            padding = self.padding,
            ceil_mode = self.ceil_mode,
            count_include_pad = self.count_include_pad,
        )
    }
}
