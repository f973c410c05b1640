//! Rotation along one axis.

use crate::element::{Element, Movable, as_bits, as_bits_mut};
use crate::parallel::{for_each_piece, num_parts};

/// `output[o, (j + shift) mod len, i] = input[o, j, i]`; a negative `shift` rotates towards the start.
///
/// # Shapes
/// - `output`, `input`: `[outer, len, inner]`, contiguous; `output` is overwritten
///
/// # Panics
/// When a length is not the product of the sizes.
pub fn roll<T: Element>(output: &mut [T], input: &[T], outer: usize, len: usize, inner: usize, shift: isize) {
    roll_bits(as_bits_mut(output), as_bits(input), outer, len, inner, shift);
}

/// [`roll()`] for the elements of one size.
fn roll_bits<T: Movable>(
    output: &mut [T],
    input: &[T],
    outer: usize,
    len: usize,
    inner: usize,
    shift: isize,
) {
    assert_eq!(input.len(), outer * len * inner, "elements of the input of roll");
    assert_eq!(output.len(), input.len(), "elements of the output of roll");
    if output.is_empty() {
        return;
    }
    let row = len * inner;
    let to_front = (len - shift.rem_euclid(len as isize) as usize) * inner;
    let parts = num_parts(outer, output.len());
    for_each_piece(output, row, outer, parts, &|part, output| {
        let input = &input[outer * part / parts * row..][..output.len()];
        for (output, input) in output.chunks_exact_mut(row).zip(input.chunks_exact(row)) {
            let (front, back) = output.split_at_mut(row - to_front);
            front.copy_from_slice(&input[to_front..]);
            back.copy_from_slice(&input[..to_front]);
        }
    });
}

/// The plain form of [`roll()`].
pub fn roll_ref<T: Copy>(
    output: &mut [T],
    input: &[T],
    outer: usize,
    len: usize,
    inner: usize,
    shift: isize,
) {
    for (o, j) in (0..outer).flat_map(|o| (0..len).map(move |j| (o, j))) {
        let to = (j as isize + shift).rem_euclid(len as isize) as usize;
        for i in 0..inner {
            output[(o * len + to) * inner + i] = input[(o * len + j) * inner + i];
        }
    }
}
