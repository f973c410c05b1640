//! Windows that slide over the spatial axes of `[N, channels, …]`: what convolutions and pooling share.

use super::axis_map::{Rule, axis_map};
use super::call::{Call, Problem};
use crate::graph::{Builder, Size, Value, shape_text};

/// How messages name the axes of an image of 1, 2, 3 spatial axes.
pub(super) const IMAGES: [&str; 3] =
    ["[N, channels, length]", "[N, channels, height, width]", "[N, channels, depth, height, width]"];

/// Whole numbers as sizes.
pub(super) fn literals(values: &[usize]) -> Vec<Size> {
    values.iter().map(|&value| literal(value)).collect()
}

/// A whole number as a size.
pub(super) fn literal(value: usize) -> Size {
    Size::literal(value as i64)
}

/// Places that a window reaches over: `dilation (kernel - 1) + 1`.
pub(super) fn reach(kernel: &Size, dilation: usize) -> Size {
    kernel.sub(&Size::one()).mul(&literal(dilation)).add(&Size::one())
}

/// Number of windows along an axis with `padding` on both sides.
pub(super) fn num_windows(
    size: &Size,
    kernel: &Size,
    stride: usize,
    padding: usize,
    dilation: usize,
) -> Size {
    let room = size.add(&literal(2 * padding)).sub(&reach(kernel, dilation));
    room.floor_div(stride as i64).add(&Size::one())
}

/// Sizes of spatial axes in messages: `3x5`.
pub(super) fn extent(sizes: &[Size]) -> String {
    sizes.iter().map(Size::to_string).collect::<Vec<_>>().join("x")
}

/// The message for a window that does not fit into its input `x`, whose spatial axes are as many as the kernel's.
pub(super) fn empty_output(
    what: &str,
    x: &[Size],
    kernel: &[Size],
    padding: usize,
    dilation: usize,
) -> Problem {
    let spread = if dilation > 1 { format!(" with dilation {dilation}") } else { String::new() };
    let window = match kernel {
        [single] => format!("a window of {single}"),
        kernel => format!("a {} window", extent(kernel)),
    };
    Problem::from(format!(
        "the output of `{what}` would be empty: {window}{spread} does not fit into {} with padding {padding}",
        extent(&x[x.len() - kernel.len()..])
    ))
    .note(format!("the input is {}", shape_text(x)))
    .help("use a smaller window, more padding, or fewer layers that shrink the image before it")
}

/// A kernel's size along the depth, which is known at compile time.
pub(super) fn literal_depth(call: &Call<'_>, size: &Size) -> Result<usize, Problem> {
    size.as_literal().and_then(|size| usize::try_from(size).ok()).ok_or_else(|| {
        Problem::from(format!(
            "`{}` needs a kernel whose depth is known at compile time, found {size}",
            call.method.name
        ))
        .at(1)
        .help("declare the depth of the weight as a number")
    })
}

/// A window that slides along one axis.
#[derive(Clone, Copy)]
pub(super) struct Slide {
    pub kernel: usize,
    pub stride: usize,
    pub dilation: usize,
    pub padding: usize,
}

impl Slide {
    pub(super) fn rule(self) -> Rule {
        let Slide { kernel, stride, dilation, padding } = self;
        Rule::Windows { kernel, stride, dilation, padding }
    }

    /// Number of windows along an axis of this size.
    pub(super) fn count(self, size: &Size) -> Size {
        num_windows(size, &literal(self.kernel), self.stride, self.padding, self.dilation)
    }

    /// Whether the windows are the places themselves.
    fn is_identity(self) -> bool {
        self.kernel == 1 && self.stride == 1 && self.padding == 0
    }

    /// Replaces an axis by the taps of its windows, `[…, windows * kernel, …]`; zeros in the padding.
    pub(super) fn taps(self, builder: &mut Builder, value: Value, axis: usize) -> Value {
        if self.is_identity() {
            return value;
        }
        let count = self.count(&builder.ty(value).shape[axis]);
        axis_map(builder, value, axis, count.mul(&literal(self.kernel)), self.rule(), 0.0)
    }

    /// The transpose of [`Slide::taps`]: adds taps up where they came from, on an axis of this size.
    pub(super) fn overlap(self, builder: &mut Builder, value: Value, axis: usize, size: Size) -> Value {
        if self.is_identity() {
            return value;
        }
        builder.add(super::axis_map::AxisMapGrad { axis, size, rule: self.rule() }, &[value])
    }
}
