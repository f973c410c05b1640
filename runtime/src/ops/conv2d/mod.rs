//! Two-dimensional convolution and its gradients.
//!
//! No column matrix is built. Each image is copied once, zero-padded and, for a stride over one, split into the
//! planes of positions that are equal modulo the stride (`planes`). Every tap of the kernel is then a shifted view of
//! a plane, and a convolution is a matrix product whose rows of B start at those shifts (`sweep`); the gradient with
//! respect to the input is the same product with the kernel turned round. The gradient with respect to the weight is
//! dot products of shifted views (`grad_weight`).

mod axis;
mod grad_weight;
mod planes;
mod reference;
mod sweep;
mod weight;

pub use reference::{conv2d_grad_input_ref, conv2d_grad_weight_ref, conv2d_ref};

use super::super::Float;
use axis::Axis;
use sweep::Sweep;

/// Order of the axes of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[batch, channels, height, width]`.
    Nchw,
}

/// Shape of a convolution. Pairs are along the height and along the width.
#[derive(Clone, Copy, Debug)]
pub struct Conv2d {
    /// Number of images.
    pub batch: usize,
    /// Channels of the input.
    pub in_channels: usize,
    /// Height of the input.
    pub height: usize,
    /// Width of the input.
    pub width: usize,
    /// Channels of the output.
    pub out_channels: usize,
    /// Taps of the kernel.
    pub kernel: [usize; 2],
    /// Distance in the input between neighbouring outputs.
    pub stride: [usize; 2],
    /// Zeros added on each side of the input.
    pub padding: [usize; 2],
    /// Distance in the input between neighbouring taps.
    pub dilation: [usize; 2],
    /// Equal parts into which the channels are cut; each part of the output depends on one part of the input.
    pub groups: usize,
    /// Order of the axes.
    pub layout: Layout,
}

impl Conv2d {
    /// `(height + 2 padding - dilation (kernel - 1) - 1) / stride + 1`, zero when the kernel does not fit.
    ///
    /// # Panics
    /// When the stride is zero.
    pub fn out_height(&self) -> usize {
        self.out_len(0, self.height)
    }

    /// `(width + 2 padding - dilation (kernel - 1) - 1) / stride + 1`, zero when the kernel does not fit.
    ///
    /// # Panics
    /// When the stride is zero.
    pub fn out_width(&self) -> usize {
        self.out_len(1, self.width)
    }

    fn out_len(&self, axis: usize, len: usize) -> usize {
        let span = self.dilation[axis] * self.kernel[axis].saturating_sub(1) + 1;
        (len + 2 * self.padding[axis]).checked_sub(span).map_or(0, |room| room / self.stride[axis] + 1)
    }

    fn in_channels_per_group(&self) -> usize {
        self.in_channels / self.groups
    }

    fn out_channels_per_group(&self) -> usize {
        self.out_channels / self.groups
    }

    fn num_taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Elements of one image of the input and of the output.
    fn image_lens(&self) -> (usize, usize) {
        (
            self.in_channels * self.height * self.width,
            self.out_channels * self.out_height() * self.out_width(),
        )
    }

    fn flops(&self) -> usize {
        let outputs = self.batch * self.image_lens().1;
        2 * outputs * self.in_channels_per_group() * self.num_taps()
    }

    /// The axes as a forward sweep sees them.
    fn forward_axes(&self) -> [Axis; 2] {
        let sizes = [(self.height, self.out_height()), (self.width, self.out_width())];
        [0, 1].map(|i| {
            let (len, out_len) = sizes[i];
            Axis::forward(len, out_len, self.kernel[i], self.stride[i], self.padding[i], self.dilation[i])
        })
    }

    /// The axes as a sweep from the output's gradient to the input's sees them.
    fn backward_axes(&self) -> [Axis; 2] {
        let sizes = [(self.height, self.out_height()), (self.width, self.out_width())];
        [0, 1].map(|i| {
            let (len, out_len) = sizes[i];
            Axis::backward(len, out_len, self.kernel[i], self.stride[i], self.padding[i], self.dilation[i])
        })
    }

    /// Checks the shape and the lengths of tensors: `(name, length)` of the input, the weight and the output, or of
    /// the gradients in their place.
    fn check(&self, input: (&str, usize), weight: (&str, usize), output: (&str, usize)) {
        let at_least_one = |name: &str, pair: [usize; 2]| {
            assert!(pair[0] > 0 && pair[1] > 0, "conv2d: {name} is {pair:?}, but must be at least 1");
        };
        at_least_one("the kernel", self.kernel);
        at_least_one("the stride", self.stride);
        at_least_one("the dilation", self.dilation);
        let (groups, in_channels, out_channels) = (self.groups, self.in_channels, self.out_channels);
        assert!(
            groups > 0 && in_channels.is_multiple_of(groups) && out_channels.is_multiple_of(groups),
            "conv2d: {groups} groups must divide {in_channels} input and {out_channels} output channels"
        );
        let check = |(name, len): (&str, usize), axes: [usize; 4]| {
            let expected: usize = axes.iter().product();
            assert!(
                len == expected,
                "conv2d: `{name}` has {len} elements, but its shape {axes:?} has {expected}"
            );
        };
        check(input, [self.batch, in_channels, self.height, self.width]);
        check(weight, [out_channels, self.in_channels_per_group(), self.kernel[0], self.kernel[1]]);
        check(output, [self.batch, out_channels, self.out_height(), self.out_width()]);
    }
}

/// `output[b, o, y, x] = sum over c, i, j of weight[o, c, i, j] * input[b, c', y', x']`, where `c'` is channel `c` of
/// the group of `o`, `y' = y stride + i dilation - padding`, likewise `x'`, and the input is zero outside of its
/// bounds.
///
/// # Shapes
/// - `output`: `[batch, out_channels, out_height, out_width]`, overwritten
/// - `input`: `[batch, in_channels, height, width]`
/// - `weight`: `[out_channels, in_channels / groups, kernel_h, kernel_w]`
///
/// # Panics
/// When a slice does not have the length of its shape, a kernel, stride or dilation is zero, or `groups` does not
/// divide the channels.
///
/// # Numerics
/// Sums in the computing type, one term after the other, in an order that depends on the shape alone, so the bits are
/// the same for any number of threads.
pub fn conv2d(output: &mut [Float], input: &[Float], weight: &[Float], conv: &Conv2d) {
    conv.check(("input", input.len()), ("weight", weight.len()), ("output", output.len()));
    Sweep::forward(conv).run(output, input, weight);
}

/// The gradient of a convolution with respect to its input: `grad_input[b, c, y', x'] = sum over o, i, j of
/// weight[o, c, i, j] * grad_output[b, o, y, x]` over all `y, x` whose tap `i, j` reads `y', x'` (see [`conv2d`]).
///
/// # Shapes
/// - `grad_input`: `[batch, in_channels, height, width]`, overwritten
/// - `grad_output`: `[batch, out_channels, out_height, out_width]`
/// - `weight`: `[out_channels, in_channels / groups, kernel_h, kernel_w]`
///
/// # Panics
/// As [`conv2d`].
///
/// # Numerics
/// As [`conv2d`].
pub fn conv2d_grad_input(grad_input: &mut [Float], grad_output: &[Float], weight: &[Float], conv: &Conv2d) {
    conv.check(
        ("grad_input", grad_input.len()),
        ("weight", weight.len()),
        ("grad_output", grad_output.len()),
    );
    Sweep::backward(conv).run(grad_input, grad_output, weight);
}

/// The gradient of a convolution with respect to its weight: `grad_weight[o, c, i, j] = sum over b, y, x of
/// grad_output[b, o, y, x] * input[b, c', y', x']` (see [`conv2d`]).
///
/// # Shapes
/// - `grad_weight`: `[out_channels, in_channels / groups, kernel_h, kernel_w]`, overwritten
/// - `grad_output`: `[batch, out_channels, out_height, out_width]`
/// - `input`: `[batch, in_channels, height, width]`
///
/// # Panics
/// As [`conv2d`].
///
/// # Numerics
/// Sums in the computing type, in 4 to 16 lanes along the pixels of an image, image after image in each part of the
/// batch, part after part; the parts depend on the shape alone, so the bits are the same for any number of threads.
/// Elements of the input that no output reaches through a tap may be multiplied by zero: where they are not finite,
/// that tap's gradient may be NaN.
pub fn conv2d_grad_weight(grad_weight: &mut [Float], grad_output: &[Float], input: &[Float], conv: &Conv2d) {
    conv.check(
        ("input", input.len()),
        ("grad_weight", grad_weight.len()),
        ("grad_output", grad_output.len()),
    );
    grad_weight::run(grad_weight, grad_output, input, conv);
}
