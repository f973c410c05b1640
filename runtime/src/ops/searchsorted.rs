//! Where values belong in sorted rows, by bisection.

use super::super::Float;
use crate::parallel::{for_each_piece, num_parts};

/// `output[o, j]` is the number of elements of `sorted[o]` that are below `values[o, j]`, or with `right` not above
/// it: the place at which the value could be inserted. A NaN belongs at the end.
///
/// # Shapes
/// - `output`, `values`: `[outer, count]`, contiguous; `output` is overwritten
/// - `sorted`: `[outer, size]` or, for all rows the same, `[size]`; ascending
///
/// # Panics
/// When a length is not the product of the sizes, or `size` does not fit into `u32`.
pub fn searchsorted(
    output: &mut [u32],
    sorted: &[Float],
    values: &[Float],
    size: usize,
    count: usize,
    right: bool,
) {
    assert_eq!(output.len(), values.len(), "elements of the output of searchsorted");
    let is_shared = sorted.len() == size;
    assert!(is_shared || sorted.len() * count == size * values.len(), "elements of the sorted rows");
    assert!(u32::try_from(size).is_ok(), "places along an axis of {size} do not fit into u32");
    let len = output.len();
    // A search takes some times as long as passing over an element.
    let parts = num_parts(len, 4 * len);
    for_each_piece(output, 1, len, parts, &|part, output| {
        let first = len * part / parts;
        for (index, out) in output.iter_mut().enumerate() {
            let value = values[first + index];
            let row = if is_shared { sorted } else { &sorted[(first + index) / count * size..][..size] };
            // A NaN on either side leads to the end.
            let before = |&x: &Float| {
                let reached = if right { x > value } else { x >= value };
                !reached
            };
            *out = row.partition_point(before) as u32;
        }
    });
}

/// The plain form of [`searchsorted`], for numbers.
pub fn searchsorted_ref(
    output: &mut [u32],
    sorted: &[Float],
    values: &[Float],
    size: usize,
    count: usize,
    right: bool,
) {
    for (flat, out) in output.iter_mut().enumerate() {
        let row = if sorted.len() == size { 0 } else { flat / count * size };
        let before = |x: Float| if right { x <= values[flat] } else { x < values[flat] };
        *out = sorted[row..row + size].iter().filter(|&&x| before(x)).count() as u32;
    }
}
