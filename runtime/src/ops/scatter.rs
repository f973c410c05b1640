//! Elements put or added to the places along an axis that a tensor of indices names.

use super::super::Float;
use super::index::{Extents, FirstBad, place_of};
use super::nll_loss::Label;
use crate::Error;
use crate::parallel::{for_each_piece, num_parts};

/// Parts of one outer index at most. Each part owns some of the places along the axis and reads all indices, so more
/// parts read more.
const PARTS_OF_AN_AXIS: usize = 4;

/// `output[o, index[o, k, i], i] += src[o, k, i]` from zero, in the order of `k`.
///
/// # Shapes
/// - `output`: `[outer, size, inner]`, contiguous; overwritten
/// - `index`, `src`: `[outer, count, inner]`, contiguous
///
/// # Errors
/// [`Error::IndexOutOfRange`] for the first index that is negative or not below `size`; it adds to no element.
///
/// # Panics
/// When a length is not the product of the sizes.
///
/// # Numerics
/// Sums in the computing type in the order of `k`, for any number of threads.
pub fn scatter_add<I: Label>(
    output: &mut [Float],
    src: &[Float],
    index: &[I],
    extents: &Extents,
) -> Result<(), Error> {
    assert_eq!(src.len(), index.len(), "elements of the source of scatter_add");
    put::<I, true>(output, None, index, extents, &|at| src[at])
}

/// `output = base`, then `output[o, index[o, k, i], i] = src[o, k, i]` in the order of `k`: of equal indices the last
/// wins.
///
/// # Shapes
/// - `output`, `base`: `[outer, size, inner]`, contiguous; `output` is overwritten
/// - `index`, `src`: `[outer, count, inner]`, contiguous
///
/// # Errors
/// [`Error::IndexOutOfRange`] for the first index that is negative or not below `size`; it changes no element.
///
/// # Panics
/// When a length is not the product of the sizes.
pub fn scatter<I: Label>(
    output: &mut [Float],
    base: &[Float],
    src: &[Float],
    index: &[I],
    extents: &Extents,
) -> Result<(), Error> {
    assert_eq!(src.len(), index.len(), "elements of the source of scatter");
    put::<I, false>(output, Some(base), index, extents, &|at| src[at])
}

/// [`scatter`] of the same number to all places.
///
/// # Errors
/// As [`scatter`].
///
/// # Panics
/// As [`scatter`].
pub fn scatter_value<I: Label>(
    output: &mut [Float],
    base: &[Float],
    value: Float,
    index: &[I],
    extents: &Extents,
) -> Result<(), Error> {
    put::<I, false>(output, Some(base), index, extents, &|_| value)
}

fn put<I: Label, const ADD: bool>(
    output: &mut [Float],
    base: Option<&[Float]>,
    index: &[I],
    extents: &Extents,
    source: &(impl Fn(usize) -> Float + Sync),
) -> Result<(), Error> {
    let &Extents { outer, size, count, inner } = extents;
    assert_eq!(output.len(), extents.table_len(), "elements of the output of a scatter");
    assert_eq!(index.len(), extents.items_len(), "number of indices of a scatter");
    if let Some(base) = base {
        assert_eq!(base.len(), output.len(), "elements of the base of a scatter");
    }
    if output.is_empty() {
        return Ok(());
    }
    let first_bad = FirstBad::new();
    let rows = outer * size;
    let parts = num_parts(rows, output.len() + index.len()).min(PARTS_OF_AN_AXIS * outer);
    for_each_piece(output, inner, rows, parts, &|part, output| {
        let first = rows * part / parts;
        match base {
            Some(base) => output.copy_from_slice(&base[first * inner..][..output.len()]),
            None => output.fill(0.0),
        }
        let end = first + output.len() / inner;
        for (o, places) in extents.blocks(first..end) {
            let table = &mut output[(o * size + places.start - first) * inner..][..places.len() * inner];
            let start = o * count * inner;
            for k in 0..count {
                for i in 0..inner {
                    let at = start + k * inner + i;
                    match place_of(index[at], size) {
                        Some(place) if places.contains(&place) => {
                            let out = &mut table[(place - places.start) * inner + i];
                            *out = if ADD { *out + source(at) } else { source(at) };
                        }
                        Some(_) => {}
                        None => first_bad.note(at),
                    }
                }
            }
        }
    });
    first_bad.check(index, size)
}

/// The plain form of [`scatter_add`], for indices in range.
pub fn scatter_add_ref<I: Label>(output: &mut [Float], src: &[Float], index: &[I], extents: &Extents) {
    output.fill(0.0);
    for (flat, index) in index.iter().enumerate() {
        output[target_ref(flat, index.to_i64() as usize, extents)] += src[flat];
    }
}

/// The plain form of [`scatter`], for indices in range.
pub fn scatter_ref<I: Label>(
    output: &mut [Float],
    base: &[Float],
    src: &[Float],
    index: &[I],
    extents: &Extents,
) {
    output.copy_from_slice(base);
    for (flat, index) in index.iter().enumerate() {
        output[target_ref(flat, index.to_i64() as usize, extents)] = src[flat];
    }
}

fn target_ref(flat: usize, place: usize, extents: &Extents) -> usize {
    let &Extents { size, count, inner, .. } = extents;
    (flat / (count * inner) * size + place) * inner + flat % inner
}
