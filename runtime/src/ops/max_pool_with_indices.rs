//! Places of the maxima of windows over up to three axes.

use super::super::Float;
use crate::parallel::{for_each_piece, num_parts};
use std::iter::StepBy;
use std::ops::Range;

/// An axis of the input, and the windows along it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Size of the input.
    pub size: usize,
    /// Number of windows.
    pub out: usize,
    /// The windows.
    pub windows: Windows,
}

/// Windows along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    /// Window `o` has the taps `o stride + k dilation - padding` for each `k` below `kernel`.
    Sliding {
        /// Taps of a window.
        kernel: usize,
        /// Distance between windows.
        stride: usize,
        /// Places before the first.
        padding: usize,
        /// Distance between taps.
        dilation: usize,
    },
    /// Window `o` reaches from `floor(o size / out)` to `ceil((o + 1) size / out)`, exclusive.
    Parts,
}

impl Axis {
    /// Places of the input in a window.
    #[inline(always)]
    fn places(&self, window: usize) -> StepBy<Range<usize>> {
        match self.windows {
            Windows::Sliding { kernel, stride, padding, dilation } => {
                let start = window * stride;
                let outside = padding.saturating_sub(start).div_ceil(dilation);
                let end = (start + (kernel - 1) * dilation + 1).saturating_sub(padding);
                (start + outside * dilation - padding..end.min(self.size)).step_by(dilation)
            }
            Windows::Parts => {
                let (start, end) = (window * self.size, (window + 1) * self.size);
                (start / self.out..end.div_ceil(self.out)).step_by(1)
            }
        }
    }
}

/// The index of windows whose taps all lie in the padding.
pub const NOWHERE: u32 = u32::MAX;

/// `output[p, o] =` the place of the largest element of window `o` of `input[p, ..]`, in row-major order over the axes:
/// the first of equal ones, but the last NaN if there are any; [`NOWHERE`] for a window without elements.
///
/// # Shapes
/// - `output`: `[planes, out, out, out]`, contiguous; overwritten
/// - `input`: `[planes, size, size, size]`, contiguous
///
/// # Panics
/// When a length disagrees with the sizes, or an input of a plane has 2^32 elements or more.
///
/// # Numerics
/// Exact.
pub fn max_pool_indices(output: &mut [u32], input: &[Float], planes: usize, axes: &[Axis; 3]) {
    let [depth, height, width] = axes;
    let plane = depth.size * height.size * width.size;
    assert_eq!(input.len(), planes * plane, "elements of the input of a pooling");
    let rows = planes * depth.out * height.out;
    assert_eq!(output.len(), rows * width.out, "elements of the output of a pooling");
    assert!(plane < NOWHERE as usize, "a plane of a pooling has fewer than 2^32 elements");
    if output.is_empty() {
        return;
    }
    let parts = num_parts(rows, input.len().max(output.len()));
    for_each_piece(output, width.out, rows, parts, &|part, output| {
        let first = rows * part / parts;
        for (index, output) in output.chunks_exact_mut(width.out).enumerate() {
            let row = first + index;
            let (image, y) = (row / height.out, row % height.out);
            let input = &input[image / depth.out * plane..][..plane];
            let (planes, rows) = (depth.places(image % depth.out), height.places(y));
            for (x, out) in output.iter_mut().enumerate() {
                let starts = planes
                    .clone()
                    .flat_map(|plane| rows.clone().map(move |row| (plane * height.size + row) * width.size));
                *out = place_of_maximum(input, starts, &width.places(x));
            }
        }
    });
}

/// The place of the maximum of one window of one plane, whose rows begin at `starts`.
#[inline(always)]
fn place_of_maximum(
    input: &[Float],
    starts: impl Iterator<Item = usize>,
    columns: &StepBy<Range<usize>>,
) -> u32 {
    let (mut best, mut position) = (Float::NEG_INFINITY, NOWHERE);
    for start in starts {
        for column in columns.clone() {
            let value = input[start + column];
            if value > best || value.is_nan() || position == NOWHERE {
                (best, position) = (value, (start + column) as u32);
            }
        }
    }
    position
}

/// The plain form of [`max_pool_indices`].
pub fn max_pool_indices_ref(output: &mut [u32], input: &[Float], planes: usize, axes: &[Axis; 3]) {
    let sizes = axes.map(|axis| axis.size);
    let windows = axes.map(|axis| axis.out);
    let at = |flat: usize, sizes: [usize; 3]| {
        [flat / (sizes[1] * sizes[2]) % sizes[0], flat / sizes[2] % sizes[1], flat % sizes[2]]
    };
    let plane: usize = sizes.iter().product();
    let per_plane = output.len() / planes;
    for (flat, out) in output.iter_mut().enumerate() {
        let input = &input[flat / per_plane * plane..][..plane];
        let window = at(flat % per_plane, windows);
        let inside = |place: usize| {
            (0..3).all(|axis| is_inside_ref(&axes[axis], window[axis], at(place, sizes)[axis]))
        };
        let mut best = None;
        for place in (0..plane).filter(|&place| inside(place)) {
            if best.is_none_or(|best: usize| input[place] > input[best] || input[place].is_nan()) {
                best = Some(place);
            }
        }
        *out = best.map_or(NOWHERE, |place| place as u32);
    }
}

/// Whether a place of an axis is in a window.
fn is_inside_ref(axis: &Axis, window: usize, place: usize) -> bool {
    match axis.windows {
        Windows::Sliding { kernel, stride, padding, dilation } => {
            (0..kernel).any(|tap| place + padding == window * stride + tap * dilation)
        }
        Windows::Parts => {
            place >= window * axis.size / axis.out && place < ((window + 1) * axis.size).div_ceil(axis.out)
        }
    }
}
