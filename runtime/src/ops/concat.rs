//! Concatenation along one axis.

use crate::element::{Element, Movable, as_bits_mut, each_as_bits};
use crate::parallel::{for_each_piece, num_parts};

/// `output[o, ..] = inputs[0][o, ..], inputs[1][o, ..], ..`.
///
/// # Shapes
/// - `output`: `[outer, sum of lens]`, contiguous; overwritten
/// - `inputs[i]`: `[outer, lens[i]]`, contiguous, where `lens[i]` is the product of the sizes from the axis on
///
/// # Panics
/// When a length is not the product of the sizes, or `inputs` and `lens` differ in number.
pub fn concat<T: Element>(output: &mut [T], inputs: &[&[T]], lens: &[usize], outer: usize) {
    concat_bits(as_bits_mut(output), each_as_bits(inputs), lens, outer);
}

/// [`concat()`] for the elements of one size.
fn concat_bits<T: Movable>(output: &mut [T], inputs: &[&[T]], lens: &[usize], outer: usize) {
    assert_eq!(inputs.len(), lens.len(), "number of inputs of concat");
    for (input, &len) in inputs.iter().zip(lens) {
        assert_eq!(input.len(), outer * len, "elements of an input of concat");
    }
    let row: usize = lens.iter().sum();
    assert_eq!(output.len(), outer * row, "elements of the output of concat");
    if output.is_empty() {
        return;
    }
    let parts = num_parts(outer, output.len());
    for_each_piece(output, row, outer, parts, &|part, output| {
        let first = outer * part / parts;
        for (index, mut output) in output.chunks_exact_mut(row).enumerate() {
            for (input, &len) in inputs.iter().zip(lens) {
                let (piece, rest) = output.split_at_mut(len);
                piece.copy_from_slice(&input[(first + index) * len..][..len]);
                output = rest;
            }
        }
    });
}

/// The plain form of [`concat()`].
pub fn concat_ref<T: Copy>(output: &mut [T], inputs: &[&[T]], lens: &[usize], outer: usize) {
    let mut position = 0;
    for o in 0..outer {
        for (input, &len) in inputs.iter().zip(lens) {
            for i in 0..len {
                output[position] = input[o * len + i];
                position += 1;
            }
        }
    }
}
