//! One spatial axis of a sweep: which source elements lie in which plane, and where each tap finds them.
//!
//! A source row is split into planes of equal length, with zeros where the source has no element. The targets are
//! computed in passes; within a pass, target `i` takes for each of its taps element `i + shift` of the tap's plane.
//!
//! - Forward: padded position `y stride + t dilation` of target `y` and tap `t` is element `y + t dilation / stride`
//!   of plane `t dilation % stride`. One pass.
//! - Backward: target `y` receives through tap `t` from source `(y + padding - t dilation) / stride`, if that is
//!   whole. One plane; one pass for each remainder of `y + padding`, with the taps of that remainder.

use std::ops::Range;

/// See the module. The source is what is read: the input in the forward direction, the output's gradient backward.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    backward: bool,
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
    pub(super) source_len: usize,
    pub(super) target_len: usize,
    /// Elements of a plane.
    pub(super) plane_len: usize,
    /// Zeros before the source in its plane (backward only).
    zeros_before: usize,
}

/// Targets `first`, `first + step`, and so on, `count` of them.
#[derive(Clone, Copy)]
pub(super) struct Pass {
    pub(super) first: usize,
    pub(super) step: usize,
    pub(super) count: usize,
}

/// One tap of the kernel in a pass.
#[derive(Clone, Copy)]
pub(super) struct Tap {
    pub(super) tap: usize,
    pub(super) plane: usize,
    pub(super) shift: usize,
}

impl Axis {
    /// From an input of `len` to an output of `out_len` elements.
    pub(super) fn forward(
        len: usize,
        out_len: usize,
        kernel: usize,
        stride: usize,
        padding: usize,
        dilation: usize,
    ) -> Self {
        let plane_len = out_len + (kernel - 1) * dilation / stride;
        Axis {
            backward: false,
            kernel,
            stride,
            padding,
            dilation,
            source_len: len,
            target_len: out_len,
            plane_len,
            zeros_before: 0,
        }
    }

    /// From the gradient of an output of `out_len` to that of an input of `len` elements.
    pub(super) fn backward(
        len: usize,
        out_len: usize,
        kernel: usize,
        stride: usize,
        padding: usize,
        dilation: usize,
    ) -> Self {
        let mut axis = Axis {
            backward: true,
            kernel,
            stride,
            padding,
            dilation,
            source_len: out_len,
            target_len: len,
            plane_len: 0,
            zeros_before: 0,
        };
        let tap_remainders = (0..kernel).map(|tap| (tap * dilation / stride, tap * dilation % stride));
        axis.zeros_before =
            tap_remainders.map(|(back, r)| back.saturating_sub(axis.pass_start(r))).max().unwrap_or(0);
        // A pass without taps needs room for its targets too: they are computed at the pitch of the planes.
        let last_use = |pass: usize| {
            let last_shift = axis.taps(pass).map(|tap| tap.shift).max().unwrap_or(0);
            let count = axis.pass(pass).count;
            if count > 0 { last_shift + count } else { 0 }
        };
        axis.plane_len = (0..axis.num_passes()).map(last_use).max().unwrap_or(0);
        axis
    }

    /// Planes that some tap reads.
    pub(super) fn num_planes(&self) -> usize {
        if self.backward { 1 } else { self.plane_period().min(self.kernel) }
    }

    /// Distance of source elements that are neighbours in a plane.
    pub(super) fn source_step(&self) -> usize {
        if self.backward { 1 } else { self.stride }
    }

    /// Position in the source, possibly outside of it, of element 0 of a plane.
    fn plane_start(&self, plane: usize) -> isize {
        if self.backward {
            -(self.zeros_before as isize)
        } else {
            (plane * self.dilation % self.stride) as isize - self.padding as isize
        }
    }

    /// Which elements of a plane the source has, and the position in the source of the first of them.
    pub(super) fn inside(&self, plane: usize) -> (Range<usize>, usize) {
        let (start, step) = (self.plane_start(plane), self.source_step());
        let before = start.min(0).unsigned_abs().div_ceil(step);
        let first = (start + (before * step) as isize).unsigned_abs();
        let count = self.source_len.saturating_sub(first).div_ceil(step);
        let end = self.plane_len.min(before + count);
        (before.min(end)..end, first)
    }

    /// Least distance of two rows of planes along this axis: the zeros after one row serve as zeros before the next
    /// one, unless the targets of the rows, which lie at the same distance, would overlap.
    pub(super) fn pitch(&self) -> usize {
        let zeros = |plane| {
            let inside = self.inside(plane).0;
            inside.start.min(self.plane_len - inside.end)
        };
        let shared = (0..self.num_planes()).map(zeros).min().unwrap_or(0);
        let most_targets = (0..self.num_passes()).map(|pass| self.pass(pass).count).max().unwrap_or(0);
        (self.plane_len - shared).max(most_targets)
    }

    /// Whether the one plane is the source itself.
    pub(super) fn is_plain(&self) -> bool {
        self.num_planes() == 1
            && self.source_step() == 1
            && self.plane_start(0) == 0
            && self.plane_len == self.source_len
    }

    pub(super) fn num_passes(&self) -> usize {
        if self.backward { self.stride } else { 1 }
    }

    /// The targets of a pass. All passes together cover every target once.
    pub(super) fn pass(&self, pass: usize) -> Pass {
        if !self.backward {
            return Pass { first: 0, step: 1, count: self.target_len };
        }
        let first = self.pass_start(pass) * self.stride + pass - self.padding;
        Pass { first, step: self.stride, count: self.target_len.saturating_sub(first).div_ceil(self.stride) }
    }

    /// The taps of a pass, in order.
    pub(super) fn taps(&self, pass: usize) -> impl Iterator<Item = Tap> {
        let axis = *self;
        (0..axis.kernel).filter_map(move |tap| {
            let (quotient, remainder) =
                (tap * axis.dilation / axis.stride, tap * axis.dilation % axis.stride);
            if !axis.backward {
                // Taps of equal remainder follow one another at this period.
                Some(Tap { tap, plane: tap % axis.plane_period(), shift: quotient })
            } else if remainder == pass {
                let shift = axis.zeros_before + axis.pass_start(pass) - quotient;
                Some(Tap { tap, plane: 0, shift })
            } else {
                None
            }
        })
    }

    /// The least `q` with `q stride + pass >= padding`.
    fn pass_start(&self, pass: usize) -> usize {
        self.padding.saturating_sub(pass).div_ceil(self.stride)
    }

    /// The number of different remainders of multiples of the dilation by the stride.
    fn plane_period(&self) -> usize {
        let (mut a, mut b) = (self.stride, self.dilation);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        self.stride / a
    }
}
