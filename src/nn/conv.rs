//! Convolutions.

use crate::model;

/// One-dimensional convolution, PyTorch's `Conv1d`.
///
/// # Shapes
/// - `x`: `[N, INPUT_CHANNELS, length]`
/// - result: `[N, OUTPUT_CHANNELS, out_length]`, where
///   `out = (size + 2 padding - dilation (kernel_size - 1) - 1) / stride + 1`, rounded down
/// - `weight`: `[OUTPUT_CHANNELS, INPUT_CHANNELS / groups, kernel_size]`, `bias`: `[OUTPUT_CHANNELS]`
///
/// # Settings
/// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `dilation = 1`, `groups = 1`, `bias = true`. With
/// `same_padding = true` the result is as large as `x`, PyTorch's `padding="same"`; the stride is 1 then.
/// `padding_mode = "zeros"` may be `"reflect"`, `"replicate"` or `"circular"`. Weight and bias start uniform in
/// ±1/√fan_in, as in PyTorch.
#[model(part)]
pub struct Conv1d<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize> {
    #[default(KERNEL)]
    kernel_size: usize,
    #[default(1)]
    stride: usize,
    #[default(0)]
    padding: usize,
    #[default(false)]
    same_padding: bool,
    #[default("zeros")]
    padding_mode: &'static str,
    #[default(1)]
    dilation: usize,
    #[default(1)]
    groups: usize,
    #[init(kaiming_uniform(sqrt(5.0)))]
    weight: Param<OUTPUT_CHANNELS, { INPUT_CHANNELS / groups }, kernel_size>,
    #[init(uniform(1.0 / sqrt(INPUT_CHANNELS / groups * kernel_size)))]
    bias: Option<Param<OUTPUT_CHANNELS>>,
}

#[model]
impl<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize>
    Conv1d<INPUT_CHANNELS, OUTPUT_CHANNELS, KERNEL>
{
    #[track_caller]
    pub fn forward<N: Dim, L: Dim>(&self, x: Tensor<N, INPUT_CHANNELS, L>) -> Tensor<Inferred> {
        let y = x.conv1d(
            self.weight,
            stride = self.stride,
            padding = if self.same_padding { "same" } else { self.padding },
            dilation = self.dilation,
            groups = self.groups,
            padding_mode = self.padding_mode,
        );
        if let Some(bias) = self.bias { y + bias.reshape([OUTPUT_CHANNELS, 1]) } else { y }
    }
}

/// Two-dimensional convolution, PyTorch's `Conv2d`. A kernel that is not square is a setting: `#[with(kernel_size =
/// [3, 5])]`.
///
/// # Shapes
/// - `x`: `[N, INPUT_CHANNELS, height, width]`
/// - result: `[N, OUTPUT_CHANNELS, out_height, out_width]`, where
///   `out = (size + 2 padding - dilation (kernel_size - 1) - 1) / stride + 1`, rounded down
/// - `weight`: `[OUTPUT_CHANNELS, INPUT_CHANNELS / groups, kernel_size…]`, `bias`: `[OUTPUT_CHANNELS]`
///
/// # Settings
/// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `dilation = 1` (each one number or `[vertical, horizontal]`),
/// `groups = 1`, `bias = true`. With `same_padding = true` the result is as large as `x`, PyTorch's `padding="same"`;
/// the stride is 1 then. `padding_mode = "zeros"` may be `"reflect"`, `"replicate"` or `"circular"`. Weight and bias
/// start uniform in ±1/√fan_in, as in PyTorch.
#[model(part)]
pub struct Conv2d<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize> {
    #[default(KERNEL)]
    kernel_size: [usize; 2],
    #[default(1)]
    stride: [usize; 2],
    #[default(0)]
    padding: [usize; 2],
    #[default(false)]
    same_padding: bool,
    #[default("zeros")]
    padding_mode: &'static str,
    #[default(1)]
    dilation: [usize; 2],
    #[default(1)]
    groups: usize,
    #[init(kaiming_uniform(sqrt(5.0)))]
    weight: Param<OUTPUT_CHANNELS, { INPUT_CHANNELS / groups }, { kernel_size[0] }, { kernel_size[1] }>,
    #[init(uniform(1.0 / sqrt(INPUT_CHANNELS / groups * kernel_size[0] * kernel_size[1])))]
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
            padding = if self.same_padding { "same" } else { self.padding },
            dilation = self.dilation,
            groups = self.groups,
            padding_mode = self.padding_mode,
        );
        if let Some(bias) = self.bias { y + bias.reshape([OUTPUT_CHANNELS, 1, 1]) } else { y }
    }
}

/// Three-dimensional convolution, PyTorch's `Conv3d`. A kernel that is not a cube is a setting: `#[with(kernel_size =
/// [1, 3, 3])]`.
///
/// # Shapes
/// - `x`: `[N, INPUT_CHANNELS, depth, height, width]`
/// - result: `[N, OUTPUT_CHANNELS, out_depth, out_height, out_width]`, where
///   `out = (size + 2 padding - dilation (kernel_size - 1) - 1) / stride + 1`, rounded down
/// - `weight`: `[OUTPUT_CHANNELS, INPUT_CHANNELS / groups, kernel_size…]`, `bias`: `[OUTPUT_CHANNELS]`
///
/// # Settings
/// `kernel_size = KERNEL`, `stride = 1`, `padding = 0`, `dilation = 1` (each one number or `[depth, vertical,
/// horizontal]`), `groups = 1`, `bias = true`. With `same_padding = true` the result is as large as `x`, PyTorch's
/// `padding="same"`; the stride is 1 then. `padding_mode = "zeros"` may be `"reflect"`, `"replicate"` or `"circular"`.
/// Weight and bias start uniform in ±1/√fan_in, as in PyTorch.
#[model(part)]
pub struct Conv3d<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize> {
    #[default(KERNEL)]
    kernel_size: [usize; 3],
    #[default(1)]
    stride: [usize; 3],
    #[default(0)]
    padding: [usize; 3],
    #[default(false)]
    same_padding: bool,
    #[default("zeros")]
    padding_mode: &'static str,
    #[default(1)]
    dilation: [usize; 3],
    #[default(1)]
    groups: usize,
    #[init(kaiming_uniform(sqrt(5.0)))]
    weight: Param<
        OUTPUT_CHANNELS,
        { INPUT_CHANNELS / groups },
        { kernel_size[0] },
        { kernel_size[1] },
        { kernel_size[2] },
    >,
    #[init(uniform(1.0 / sqrt(INPUT_CHANNELS / groups * kernel_size[0] * kernel_size[1] * kernel_size[2])))]
    bias: Option<Param<OUTPUT_CHANNELS>>,
}

#[model]
impl<const INPUT_CHANNELS: usize, const OUTPUT_CHANNELS: usize, const KERNEL: usize>
    Conv3d<INPUT_CHANNELS, OUTPUT_CHANNELS, KERNEL>
{
    #[track_caller]
    pub fn forward<N: Dim, D: Dim, H: Dim, W: Dim>(
        &self,
        x: Tensor<N, INPUT_CHANNELS, D, H, W>,
    ) -> Tensor<Inferred> {
        let y = x.conv3d(
            self.weight,
            stride = self.stride,
            padding = if self.same_padding { "same" } else { self.padding },
            dilation = self.dilation,
            groups = self.groups,
            padding_mode = self.padding_mode,
        );
        if let Some(bias) = self.bias { y + bias.reshape([OUTPUT_CHANNELS, 1, 1, 1]) } else { y }
    }
}
