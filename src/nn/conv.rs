//! Convolutions.

use crate::model;

/// Two-dimensional convolution with a square kernel, PyTorch's `Conv2d`.
///
/// # Shapes
/// - `x`: `[N, INPUT_CHANNELS, height, width]`
/// - result: `[N, OUTPUT_CHANNELS, out_height, out_width]`, where
///   `out = (size + 2 padding - dilation (KERNEL - 1) - 1) / stride + 1`, rounded down
/// - `weight`: `[OUTPUT_CHANNELS, INPUT_CHANNELS / groups, KERNEL, KERNEL]`, `bias`: `[OUTPUT_CHANNELS]`
///
/// # Settings
/// `stride = 1`, `padding = 0`, `dilation = 1` (each one number or `[vertical, horizontal]`), `groups = 1`,
/// `bias = true`. Both start uniform in ±1/√fan_in, as in PyTorch.
#[model(part)]
pub struct Conv2d<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize> {
    #[default(1)]
    stride: [usize; 2],
    #[default(0)]
    padding: [usize; 2],
    #[default(1)]
    dilation: [usize; 2],
    #[default(1)]
    groups: usize,
    #[init(kaiming_uniform(sqrt(5.0)))]
    weight: Param<OUTPUT_CHANNELS, { INPUT_CHANNELS / groups }, KERNEL, KERNEL>,
    #[init(uniform(1.0 / sqrt(INPUT_CHANNELS / groups * KERNEL * KERNEL)))]
    bias: Option<Param<OUTPUT_CHANNELS>>,
}

#[model]
impl<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize>
    Conv2d<INPUT_CHANNELS, OUTPUT_CHANNELS, KERNEL>
{
    #[track_caller]
    pub fn forward<N: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, INPUT_CHANNELS, H, W>) -> Tensor<Inferred> {
        let y = x.conv2d(
            self.weight,
            stride = self.stride,
            padding = self.padding,
            dilation = self.dilation,
            groups = self.groups,
        );
        if let Some(bias) = self.bias { y + bias.reshape([OUTPUT_CHANNELS, 1, 1]) } else { y }
    }
}
