//! What the kernels that follow indices share: sizes around the indexed axis, and indices checked as they are used.

use super::nll_loss::{Label, class_of};
use crate::Error;
use crate::parallel::{for_each_piece, num_parts};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Sizes around an indexed axis of a contiguous tensor `[outer, size, inner]`.
#[derive(Clone, Copy, Debug)]
pub struct Extents {
    /// Product of the sizes before the axis.
    pub outer: usize,
    /// Size of the axis: indices are below it.
    pub size: usize,
    /// Indices along the axis, in the place of `size` in the other tensor.
    pub count: usize,
    /// Product of the sizes after the axis.
    pub inner: usize,
}

impl Extents {
    /// Elements of the tensor that is indexed.
    pub(super) fn table_len(&self) -> usize {
        self.outer * self.size * self.inner
    }

    /// Elements of the tensor with `count` in the place of `size`.
    pub(super) fn items_len(&self) -> usize {
        self.outer * self.count * self.inner
    }

    /// The parts of rows `rows` of `[outer · size]` that belong to one outer index each: the outer index, and the
    /// places along the axis.
    pub(super) fn blocks(
        &self,
        rows: std::ops::Range<usize>,
    ) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> {
        let size = self.size;
        let outer = if rows.is_empty() { 0..0 } else { rows.start / size..(rows.end - 1) / size + 1 };
        outer.map(move |o| {
            let start = rows.start.max(o * size) - o * size;
            (o, start..rows.end.min((o + 1) * size) - o * size)
        })
    }
}

/// The place that an index names, if it is below `size`.
#[inline(always)]
pub(super) fn place_of<I: Label>(index: I, size: usize) -> Option<usize> {
    class_of(index, size)
}

/// The first position at which any thread met an index out of range.
pub(super) struct FirstBad(AtomicUsize);

impl FirstBad {
    pub(super) fn new() -> FirstBad {
        FirstBad(AtomicUsize::new(usize::MAX))
    }

    /// Notes a position.
    #[cold]
    pub(super) fn note(&self, position: usize) {
        self.0.fetch_min(position, Ordering::Relaxed);
    }

    /// The error, if any position was noted.
    pub(super) fn check<I: Label>(self, index: &[I], size: usize) -> Result<(), Error> {
        let position = self.0.into_inner();
        match index.get(position) {
            Some(index) => Err(Error::IndexOutOfRange { position, index: index.to_i64(), size }),
            None => Ok(()),
        }
    }
}

/// `output[at] = index[Σ at[d] · strides[d]]`: an index broadcast to a shape; a stride of 0 repeats.
///
/// # Shapes
/// - `output`: `sizes`, contiguous; overwritten
/// - `index`: any that holds all elements addressed
///
/// # Errors
/// [`Error::IndexOutOfRange`] for the first index that is negative or not below `size`.
///
/// # Panics
/// When `output` does not hold the product of `sizes`, or an address lies outside `index`.
pub fn expand_index<I: Label>(
    output: &mut [u32],
    index: &[I],
    sizes: &[usize],
    strides: &[usize],
    size: usize,
) -> Result<(), Error> {
    assert_eq!(output.len(), sizes.iter().product::<usize>(), "elements of an expanded index");
    assert_eq!(sizes.len(), strides.len(), "a stride for every axis");
    let first_bad = FirstBad::new();
    let len = output.len();
    let parts = num_parts(len, len);
    for_each_piece(output, 1, len, parts, &|part, output| {
        let first = len * part / parts;
        for (offset, out) in output.iter_mut().enumerate() {
            let mut flat = first + offset;
            let mut address = 0;
            for (&size, &stride) in sizes.iter().zip(strides).rev() {
                address += flat % size * stride;
                flat /= size;
            }
            match place_of(index[address], size).map(u32::try_from) {
                Some(Ok(place)) => *out = place,
                _ => {
                    *out = u32::MAX;
                    first_bad.note(address);
                }
            }
        }
    });
    first_bad.check(index, size)
}
