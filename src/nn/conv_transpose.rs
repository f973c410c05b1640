//! Transposed convolutions.

use crate::model;

/// One-dimensional transposed convolution, PyTorch's `ConvTranspose1d`: the gradient of a convolution with respect to
/// its input.
///
/// # Shapes
/// - `x`: `[N, INPUT_CHANNELS, length]`
/// - result: `[N, OUTPUT_CHANNELS, out_length]`, where
///   `out = (size - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1`
/// - `weight`: `[INPUT_CHANNELS, OUTPUT_CHANNELS / groups, kernel_size]`, `bias`: `[OUTPUT_CHANNELS]`
///
/// # Settings
/// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `output_padding = 0`, `dilation = 1`, `groups = 1`,
/// `bias = true`. Weight and bias start uniform in ±1/√fan_in, where PyTorch counts the output channels as fan_in.
#[model(part)]
pub struct ConvTranspose1d<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize> {
    #[default(KERNEL)]
    kernel_size: usize,
    #[default(1)]
    stride: usize,
    #[default(0)]
    padding: usize,
    #[default(0)]
    output_padding: usize,
    #[default(1)]
    dilation: usize,
    #[default(1)]
    groups: usize,
    #[init(kaiming_uniform(sqrt(5.0)))]
    weight: Param<INPUT_CHANNELS, { OUTPUT_CHANNELS / groups }, kernel_size>,
    #[init(uniform(1.0 / sqrt(OUTPUT_CHANNELS / groups * kernel_size)))]
    bias: Option<Param<OUTPUT_CHANNELS>>,
}

#[model]
impl<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize>
    ConvTranspose1d<INPUT_CHANNELS, OUTPUT_CHANNELS, KERNEL>
{
    #[track_caller]
    pub fn forward<N: Dim, L: Dim>(&self, x: Tensor<N, INPUT_CHANNELS, L>) -> Tensor<Inferred> {
        let y = x.conv_transpose1d(
            self.weight,
            stride = self.stride,
            padding = self.padding,
            output_padding = self.output_padding,
            groups = self.groups,
            dilation = self.dilation,
        );
        if let Some(bias) = self.bias { y + bias.reshape([OUTPUT_CHANNELS, 1]) } else { y }
    }
}

/// Two-dimensional transposed convolution, PyTorch's `ConvTranspose2d`: the gradient of a convolution with respect to
/// its input.
///
/// # Shapes
/// - `x`: `[N, INPUT_CHANNELS, height, width]`
/// - result: `[N, OUTPUT_CHANNELS, out_height, out_width]`, where
///   `out = (size - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1`
/// - `weight`: `[INPUT_CHANNELS, OUTPUT_CHANNELS / groups, kernel_size…]`, `bias`: `[OUTPUT_CHANNELS]`
///
/// # Settings
/// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `output_padding = 0`, `dilation = 1` (each one number or
/// `[vertical, horizontal]`), `groups = 1`, `bias = true`. Weight and bias start uniform in ±1/√fan_in, where PyTorch
/// counts the output channels as fan_in.
#[model(part)]
pub struct ConvTranspose2d<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize> {
    #[default(KERNEL)]
    kernel_size: [usize; 2],
    #[default(1)]
    stride: [usize; 2],
    #[default(0)]
    padding: [usize; 2],
    #[default(0)]
    output_padding: [usize; 2],
    #[default(1)]
    dilation: [usize; 2],
    #[default(1)]
    groups: usize,
    #[init(kaiming_uniform(sqrt(5.0)))]
    weight: Param<INPUT_CHANNELS, { OUTPUT_CHANNELS / groups }, { kernel_size[0] }, { kernel_size[1] }>,
    #[init(uniform(1.0 / sqrt(OUTPUT_CHANNELS / groups * kernel_size[0] * kernel_size[1])))]
    bias: Option<Param<OUTPUT_CHANNELS>>,
}

#[model]
impl<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize>
    ConvTranspose2d<INPUT_CHANNELS, OUTPUT_CHANNELS, KERNEL>
{
    #[track_caller]
    pub fn forward<N: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, INPUT_CHANNELS, H, W>) -> Tensor<Inferred> {
        let y = x.conv_transpose2d(
            self.weight,
            stride = self.stride,
            padding = self.padding,
            output_padding = self.output_padding,
            groups = self.groups,
            dilation = self.dilation,
        );
        if let Some(bias) = self.bias { y + bias.reshape([OUTPUT_CHANNELS, 1, 1]) } else { y }
    }
}

/// Three-dimensional transposed convolution, PyTorch's `ConvTranspose3d`: the gradient of a convolution with respect
/// to its input.
///
/// # Shapes
/// - `x`: `[N, INPUT_CHANNELS, depth, height, width]`
/// - result: `[N, OUTPUT_CHANNELS, out_depth, out_height, out_width]`, where
///   `out = (size - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1`
/// - `weight`: `[INPUT_CHANNELS, OUTPUT_CHANNELS / groups, kernel_size…]`, `bias`: `[OUTPUT_CHANNELS]`
///
/// # Settings
/// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `output_padding = 0`, `dilation = 1` (each one number or
/// `[depth, vertical, horizontal]`), `groups = 1`, `bias = true`. Weight and bias start uniform in ±1/√fan_in, where
/// PyTorch counts the output channels as fan_in.
#[model(part)]
pub struct ConvTranspose3d<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize> {
    #[default(KERNEL)]
    kernel_size: [usize; 3],
    #[default(1)]
    stride: [usize; 3],
    #[default(0)]
    padding: [usize; 3],
    #[default(0)]
    output_padding: [usize; 3],
    #[default(1)]
    dilation: [usize; 3],
    #[default(1)]
    groups: usize,
    #[init(kaiming_uniform(sqrt(5.0)))]
    weight: Param<
        INPUT_CHANNELS,
        { OUTPUT_CHANNELS / groups },
        { kernel_size[0] },
        { kernel_size[1] },
        { kernel_size[2] },
    >,
    #[init(uniform(1.0 / sqrt(OUTPUT_CHANNELS / groups * kernel_size[0] * kernel_size[1] * kernel_size[2])))]
    bias: Option<Param<OUTPUT_CHANNELS>>,
}

#[model]
impl<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize>
    ConvTranspose3d<INPUT_CHANNELS, OUTPUT_CHANNELS, KERNEL>
{
    #[track_caller]
    pub fn forward<N: Dim, D: Dim, H: Dim, W: Dim>(
        &self,
        x: Tensor<N, INPUT_CHANNELS, D, H, W>,
    ) -> Tensor<Inferred> {
        let y = x.conv_transpose3d(
            self.weight,
            stride = self.stride,
            padding = self.padding,
            output_padding = self.output_padding,
            groups = self.groups,
            dilation = self.dilation,
        );
        if let Some(bias) = self.bias { y + bias.reshape([OUTPUT_CHANNELS, 1, 1, 1]) } else { y }
    }
}
