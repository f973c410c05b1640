//! Whole slices added to the places along an axis that a list of indices names: the gradient of a lookup.

use super::super::Float;
use super::index::{Extents, FirstBad, place_of};
use super::nll_loss::Label;
use crate::Error;
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{MAX_PARTS, for_each_piece, num_parts};

/// Rows from which on reading the list of indices in every part costs little beside adding the rows.
const LONG_ROW: usize = 16;

/// `output[o, index[k], i] += src[o, k, i]` from zero, in the order of `k`.
///
/// Each part owns some rows of the table and goes through all indices: no two threads write to one row, so that
/// nothing is atomic and the order of sums is that of the indices.
///
/// # Shapes
/// - `output`: `[outer, size, inner]`, contiguous; overwritten
/// - `src`: `[outer, count, inner]`, contiguous
/// - `index`: `[count]`
///
/// # Errors
/// [`Error::IndexOutOfRange`] for the first index that is negative or not below `size`; it adds to no row.
///
/// # Panics
/// When a length is not the product of the sizes.
///
/// # Numerics
/// Sums in the computing type in the order of `k`, for any number of threads.
pub fn index_add<I: Label>(
    output: &mut [Float],
    src: &[Float],
    index: &[I],
    extents: &Extents,
) -> Result<(), Error> {
    let &Extents { outer, size, count, inner } = extents;
    assert_eq!(output.len(), extents.table_len(), "elements of the output of index_add");
    assert_eq!(index.len(), count, "number of indices of index_add");
    assert_eq!(src.len(), extents.items_len(), "elements of the source of index_add");
    if output.is_empty() {
        return Ok(());
    }
    let first_bad = FirstBad::new();
    let rows = outer * size;
    let most = if inner >= LONG_ROW { MAX_PARTS } else { 4 * outer };
    let parts = num_parts(rows, output.len() + src.len()).min(most);
    for_each_piece(output, inner, rows, parts, &|part, output| {
        let first = rows * part / parts;
        dispatch(AddRows { output, first, src, index, extents, first_bad: &first_bad });
    });
    first_bad.check(index, size)
}

struct AddRows<'a, I> {
    output: &'a mut [Float],
    /// The first of the rows of `[outer · size]` that are in `output`.
    first: usize,
    src: &'a [Float],
    index: &'a [I],
    extents: &'a Extents,
    first_bad: &'a FirstBad,
}

impl<I: Label> Loop for AddRows<'_, I> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let AddRows { output, first, src, index, extents, first_bad } = self;
        let &Extents { size, count, inner, .. } = extents;
        output.fill(0.0);
        let end = first + output.len() / inner;
        for (o, places) in extents.blocks(first..end) {
            let table = &mut output[(o * size + places.start - first) * inner..][..places.len() * inner];
            let src = &src[o * count * inner..][..count * inner];
            for (k, &index) in index.iter().enumerate() {
                match place_of(index, size) {
                    Some(place) if places.contains(&place) => {
                        let row = &mut table[(place - places.start) * inner..][..inner];
                        for (out, &value) in row.iter_mut().zip(&src[k * inner..][..inner]) {
                            *out += value;
                        }
                    }
                    Some(_) => {}
                    None => first_bad.note(k),
                }
            }
        }
    }
}

/// The plain form of [`index_add`], for indices in range.
pub fn index_add_ref<I: Label>(output: &mut [Float], src: &[Float], index: &[I], extents: &Extents) {
    let &Extents { size, count, inner, .. } = extents;
    output.fill(0.0);
    for (flat, value) in src.iter().enumerate() {
        let (o, k, i) = (flat / (count * inner), flat / inner % count, flat % inner);
        output[(o * size + index[k].to_i64() as usize) * inner + i] += value;
    }
}
