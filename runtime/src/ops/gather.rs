//! Elements picked along an axis by a tensor of indices.

use super::super::Float;
use super::index::{Extents, FirstBad, place_of};
use super::nll_loss::Label;
use crate::Error;
use crate::parallel::{for_each_piece, num_parts};

/// `output[o, k, i] = input[o, index[o, k, i], i]`.
///
/// # Shapes
/// - `output`, `index`: `[outer, count, inner]`, contiguous; `output` is overwritten
/// - `input`: `[outer, size, inner]`, contiguous
///
/// # Errors
/// [`Error::IndexOutOfRange`] for the first index that is negative or not below `size`; `output` is NaN there.
///
/// # Panics
/// When a length is not the product of the sizes.
pub fn gather<I: Label>(
    output: &mut [Float],
    input: &[Float],
    index: &[I],
    extents: &Extents,
) -> Result<(), Error> {
    let &Extents { outer, size, count, inner } = extents;
    assert_eq!(input.len(), extents.table_len(), "elements of the input of gather");
    assert_eq!(index.len(), extents.items_len(), "number of indices of gather");
    assert_eq!(output.len(), index.len(), "elements of the output of gather");
    let first_bad = FirstBad::new();
    if output.is_empty() {
        return Ok(());
    }
    let rows = outer * count;
    let parts = num_parts(rows, output.len());
    for_each_piece(output, inner, rows, parts, &|part, output| {
        let first = rows * part / parts;
        let index = &index[first * inner..][..output.len()];
        let rows = output.chunks_exact_mut(inner).zip(index.chunks_exact(inner));
        let (mut o, mut k) = (first / count, first % count);
        for (row, (output, index)) in rows.enumerate() {
            let table = &input[o * size * inner..][..size * inner];
            for (i, (out, &index)) in output.iter_mut().zip(index).enumerate() {
                *out = match place_of(index, size) {
                    Some(place) => table[place * inner + i],
                    None => {
                        first_bad.note((first + row) * inner + i);
                        Float::NAN
                    }
                };
            }
            k += 1;
            if k == count {
                (o, k) = (o + 1, 0);
            }
        }
    });
    first_bad.check(index, size)
}

/// The plain form of [`gather`], for indices in range.
pub fn gather_ref<I: Label>(output: &mut [Float], input: &[Float], index: &[I], extents: &Extents) {
    let &Extents { size, count, inner, .. } = extents;
    for (flat, (out, index)) in output.iter_mut().zip(index).enumerate() {
        let (o, i) = (flat / (count * inner), flat % inner);
        *out = input[(o * size + index.to_i64() as usize) * inner + i];
    }
}
