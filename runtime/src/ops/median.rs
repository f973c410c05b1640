//! Lower medians along one axis.

use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{for_each_piece, num_parts};

/// `output[o, i]` is the lower median of `input[o, .., i]`: of the sorted elements the one at place
/// `(axis_len - 1) / 2`; NaN if any element is.
///
/// The bits of the median are found from the highest to the lowest, each by counting the elements below: 32 passes that
/// move nothing and need no memory.
///
/// # Shapes
/// - `output`: `[outer, inner]`, contiguous; overwritten
/// - `input`: `[outer, axis_len, inner]`, contiguous, with `axis_len` from 1 to `u32::MAX`
///
/// # Panics
/// When a length is not the product of the sizes, or the axis is empty or too long.
pub fn median(output: &mut [f32], input: &[f32], outer: usize, axis_len: usize, inner: usize) {
    assert_eq!(input.len(), outer * axis_len * inner, "elements of the input of median");
    assert_eq!(output.len(), outer * inner, "elements of the output of median");
    assert!(axis_len > 0, "an empty axis has no median");
    assert!(u32::try_from(axis_len).is_ok(), "places along an axis of {axis_len} do not fit into u32");
    if output.is_empty() {
        return;
    }
    let parts = num_parts(outer, input.len());
    for_each_piece(output, inner, outer, parts, &|part, output| {
        let row = axis_len * inner;
        let input = &input[outer * part / parts * row..][..output.len() / inner * row];
        dispatch(Select { output, input, axis_len, inner });
    });
}

struct Select<'a> {
    output: &'a mut [f32],
    input: &'a [f32],
    axis_len: usize,
    inner: usize,
}

/// The sign bit.
const SIGN: u32 = 1 << 31;

/// A whole number that is ordered as `x` is among the numbers other than NaN.
#[inline(always)]
fn key(x: f32) -> u32 {
    let bits = x.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The number of a [`key`].
#[inline(always)]
fn number(key: u32) -> f32 {
    f32::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

/// Columns that are searched together.
const COLUMNS: usize = 16;

impl Loop for Select<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Select { output, input, axis_len, inner } = self;
        let rank = (axis_len as u32 - 1) / 2;
        for (output, input) in output.chunks_exact_mut(inner).zip(input.chunks_exact(axis_len * inner)) {
            if inner == 1 {
                output[0] = median_of_row(input, rank);
                continue;
            }
            for (block, output) in output.chunks_mut(COLUMNS).enumerate() {
                median_of_columns(output, input, block * COLUMNS, inner, rank);
            }
        }
    }
}

#[inline(always)]
fn median_of_row(row: &[f32], rank: u32) -> f32 {
    if row.iter().fold(false, |any, x| any | x.is_nan()) {
        return f32::NAN;
    }
    let mut found = 0;
    for bit in (0..32).rev() {
        let candidate = found | 1 << bit;
        let below = row.iter().fold(0u32, |count, &x| count + u32::from(key(x) < candidate));
        found = if below <= rank { candidate } else { found };
    }
    number(found)
}

#[inline(always)]
fn median_of_columns(output: &mut [f32], input: &[f32], start: usize, inner: usize, rank: u32) {
    let rows = || input.chunks_exact(inner).map(|row| &row[start..start + output.len()]);
    let mut has_nan = [false; COLUMNS];
    for row in rows() {
        for (any, x) in has_nan.iter_mut().zip(row) {
            *any |= x.is_nan();
        }
    }
    let mut found = [0; COLUMNS];
    for bit in (0..32).rev() {
        let candidates = found.map(|found| found | 1 << bit);
        let mut below = [0u32; COLUMNS];
        for row in rows() {
            for ((count, &x), &candidate) in below.iter_mut().zip(row).zip(&candidates) {
                *count += u32::from(key(x) < candidate);
            }
        }
        for column in 0..COLUMNS {
            found[column] = if below[column] <= rank { candidates[column] } else { found[column] };
        }
    }
    for ((out, found), any) in output.iter_mut().zip(found).zip(has_nan) {
        *out = if any { f32::NAN } else { number(found) };
    }
}

/// The plain form of [`median()`].
pub fn median_ref(output: &mut [f32], input: &[f32], outer: usize, axis_len: usize, inner: usize) {
    for (o, i) in (0..outer).flat_map(|o| (0..inner).map(move |i| (o, i))) {
        let mut line: Vec<f32> =
            (0..axis_len).map(|place| input[(o * axis_len + place) * inner + i]).collect();
        let any_nan = line.iter().any(|x| x.is_nan());
        line.sort_by(f32::total_cmp);
        output[o * inner + i] = if any_nan { f32::NAN } else { line[(axis_len - 1) / 2] };
    }
}
