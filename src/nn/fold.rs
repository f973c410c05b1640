//! Windows as columns, and back.

use crate::model;

/// Windows of an image as columns, PyTorch's `Unfold`: `[N, C, height, width]` to
/// `[N, C kernel_h kernel_w, windows]`.
///
/// # Settings
/// `kernel_size = KERNEL`, `dilation = 1`, `padding = 0`, `stride = 1` (each one number or `[vertical, horizontal]`).
#[model(part)]
pub struct Unfold<const KERNEL: usize> {
    #[default(KERNEL)]
    kernel_size: [usize; 2],
    #[default(1)]
    dilation: [usize; 2],
    #[default(0)]
    padding: [usize; 2],
    #[default(1)]
    stride: [usize; 2],
}

#[model]
impl<const KERNEL: usize> Unfold<KERNEL> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        x.unfold(self.kernel_size, dilation = self.dilation, padding = self.padding, stride = self.stride)
    }
}

/// Columns added up to an image, PyTorch's `Fold`: `[N, C kernel_h kernel_w, windows]` to `[N, C, height, width]`.
///
/// # Settings
/// `output_size` (one number or `[height, width]`), which must be given; `kernel_size = KERNEL`, `dilation = 1`,
/// `padding = 0`, `stride = 1` (each one number or `[vertical, horizontal]`).
#[model(part)]
pub struct Fold<const KERNEL: usize> {
    output_size: [usize; 2],
    #[default(KERNEL)]
    kernel_size: [usize; 2],
    #[default(1)]
    dilation: [usize; 2],
    #[default(0)]
    padding: [usize; 2],
    #[default(1)]
    stride: [usize; 2],
}

#[model]
impl<const KERNEL: usize> Fold<KERNEL> {
    #[track_caller]
    pub fn forward<N: Dim, R: Dim, L: Dim>(&self, x: Tensor<N, R, L>) -> Tensor<Inferred> {
        x.fold(
            self.output_size,
            self.kernel_size,
            dilation = self.dilation,
            padding = self.padding,
            stride = self.stride,
        )
    }
}
