//! Place of the largest or smallest element along one axis.

use super::super::Float;
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{for_each_piece, num_parts};

/// `output[o, i]` is the first place `j` of the largest `input[o, j, i]`, or of the smallest one; of the first NaN if
/// there is one.
///
/// # Shapes
/// - `output`: `[outer, inner]`, contiguous; overwritten
/// - `input`: `[outer, axis_len, inner]`, contiguous, with `axis_len` from 1 to `u32::MAX`
///
/// # Panics
/// When a length is not the product of the sizes, or the axis is empty or too long.
pub fn argmax(
    output: &mut [u32],
    input: &[Float],
    outer: usize,
    axis_len: usize,
    inner: usize,
    smallest: bool,
) {
    assert_eq!(input.len(), outer * axis_len * inner, "elements of the input of argmax");
    assert_eq!(output.len(), outer * inner, "elements of the output of argmax");
    assert!(axis_len > 0, "an empty axis has no largest element");
    assert!(u32::try_from(axis_len).is_ok(), "places along an axis of {axis_len} do not fit into u32");
    if output.is_empty() {
        return;
    }
    let parts = num_parts(outer, input.len());
    for_each_piece(output, inner, outer, parts, &|part, output| {
        let row = axis_len * inner;
        let input = &input[outer * part / parts * row..][..output.len() / inner * row];
        if smallest {
            dispatch(Search::<true> { output, input, axis_len, inner });
        } else {
            dispatch(Search::<false> { output, input, axis_len, inner });
        }
    });
}

struct Search<'a, const SMALLEST: bool> {
    output: &'a mut [u32],
    input: &'a [Float],
    axis_len: usize,
    inner: usize,
}

/// Whether `value` takes the lead.
#[inline(always)]
fn wins<const SMALLEST: bool>(value: Float, leader: Float) -> bool {
    let better = if SMALLEST { value < leader } else { value > leader };
    (better | value.is_nan()) & !leader.is_nan()
}

/// Columns that are searched together.
const COLUMNS: usize = 16;

impl<const SMALLEST: bool> Loop for Search<'_, SMALLEST> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let Search { output, input, axis_len, inner } = self;
        for (output, input) in output.chunks_exact_mut(inner).zip(input.chunks_exact(axis_len * inner)) {
            if inner == 1 {
                output[0] = first_in_row::<SMALLEST>(input);
                continue;
            }
            for (block, output) in output.chunks_mut(COLUMNS).enumerate() {
                let start = block * COLUMNS;
                let mut leaders = [0.0; COLUMNS];
                let leaders = &mut leaders[..output.len()];
                leaders.copy_from_slice(&input[start..start + leaders.len()]);
                output.fill(0);
                for place in 1..axis_len {
                    let row = &input[place * inner + start..][..leaders.len()];
                    for ((out, leader), &value) in output.iter_mut().zip(&mut *leaders).zip(row) {
                        let wins = wins::<SMALLEST>(value, *leader);
                        *out = if wins { place as u32 } else { *out };
                        *leader = if wins { value } else { *leader };
                    }
                }
            }
        }
    }
}

/// Rows are searched in lanes: lane `l` sees the elements `l`, `l + 16`, ….
#[inline(always)]
fn first_in_row<const SMALLEST: bool>(row: &[Float]) -> u32 {
    let mut leaders = [row[0]; COLUMNS];
    let mut places = [0u32; COLUMNS];
    let (blocks, rest) = row.as_chunks::<COLUMNS>();
    for (index, block) in blocks.iter().enumerate() {
        for lane in 0..COLUMNS {
            let wins = wins::<SMALLEST>(block[lane], leaders[lane]);
            places[lane] = if wins { (index * COLUMNS + lane) as u32 } else { places[lane] };
            leaders[lane] = if wins { block[lane] } else { leaders[lane] };
        }
    }
    // Lanes in which nothing beat the first element still name it, so that ties go to the earliest place.
    let (mut place, mut leader) = (places[0], leaders[0]);
    for lane in 1..COLUMNS {
        let ties = leaders[lane] == leader || (leaders[lane].is_nan() && leader.is_nan());
        if wins::<SMALLEST>(leaders[lane], leader) || (ties && places[lane] < place) {
            (place, leader) = (places[lane], leaders[lane]);
        }
    }
    for (index, &value) in rest.iter().enumerate() {
        if wins::<SMALLEST>(value, leader) {
            (place, leader) = ((blocks.len() * COLUMNS + index) as u32, value);
        }
    }
    place
}

/// [`argmax`], plainly.
pub fn argmax_ref(
    output: &mut [u32],
    input: &[Float],
    outer: usize,
    axis_len: usize,
    inner: usize,
    smallest: bool,
) {
    for (o, i) in (0..outer).flat_map(|o| (0..inner).map(move |i| (o, i))) {
        let at = |place: usize| input[(o * axis_len + place) * inner + i];
        let best = (1..axis_len).fold(0, |best, place| {
            let (value, leader) = (at(place), at(best));
            let better = if smallest { value < leader } else { value > leader };
            if !leader.is_nan() && (value.is_nan() || better) { place } else { best }
        });
        output[o * inner + i] = best as u32;
    }
}
