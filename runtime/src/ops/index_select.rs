//! Whole slices picked along an axis by a list of indices: the lookup of embeddings.

use super::super::Float;
use super::index::{Extents, FirstBad, place_of};
use super::nll_loss::Label;
use crate::Error;
use crate::parallel::{for_each_piece, num_parts};

/// `output[o, k, i] = input[o, index[k], i]`.
///
/// # Shapes
/// - `output`: `[outer, count, inner]`, contiguous; overwritten
/// - `input`: `[outer, size, inner]`, contiguous
/// - `index`: `[count]`
///
/// # Errors
/// [`Error::IndexOutOfRange`] for the first index that is negative or not below `size`; `output` is NaN there.
///
/// # Panics
/// When a length is not the product of the sizes.
pub fn index_select<I: Label>(
    output: &mut [Float],
    input: &[Float],
    index: &[I],
    extents: &Extents,
) -> Result<(), Error> {
    let &Extents { outer, size, count, inner } = extents;
    assert_eq!(input.len(), extents.table_len(), "elements of the input of index_select");
    assert_eq!(index.len(), count, "number of indices of index_select");
    assert_eq!(output.len(), extents.items_len(), "elements of the output of index_select");
    if output.is_empty() {
        return Ok(());
    }
    let first_bad = FirstBad::new();
    let rows = outer * count;
    let parts = num_parts(rows, output.len());
    for_each_piece(output, inner, rows, parts, &|part, output| {
        let first = rows * part / parts;
        let (mut o, mut k) = (first / count, first % count);
        for output in output.chunks_exact_mut(inner) {
            match place_of(index[k], size) {
                Some(place) => copy_row(output, &input[(o * size + place) * inner..][..inner]),
                None => {
                    first_bad.note(k);
                    output.fill(Float::NAN);
                }
            }
            k += 1;
            if k == count {
                (o, k) = (o + 1, 0);
            }
        }
    });
    first_bad.check(index, size)
}

/// A row of one element is not worth a call of `memcpy`.
#[inline(always)]
fn copy_row(output: &mut [Float], input: &[Float]) {
    match (output, input) {
        ([output], [input]) => *output = *input,
        (output, input) => output.copy_from_slice(input),
    }
}

/// The plain form of [`index_select`], for indices in range.
pub fn index_select_ref<I: Label>(output: &mut [Float], input: &[Float], index: &[I], extents: &Extents) {
    let &Extents { size, count, inner, .. } = extents;
    for (flat, out) in output.iter_mut().enumerate() {
        let (o, k, i) = (flat / (count * inner), flat / inner % count, flat % inner);
        *out = input[(o * size + index[k].to_i64() as usize) * inner + i];
    }
}
