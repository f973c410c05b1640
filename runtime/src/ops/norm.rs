//! The Euclidean norm of a flat buffer, and what clipping does with it.

use crate::arena::ALIGN;
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{MAX_PARTS, cut, for_each_piece, num_parts};

/// Independent sums of a reduction, on every instruction set.
const LANES: usize = 16;

/// The sum of squares of all elements.
///
/// # Numerics
/// A square of an f32 is exact in f64, and sums are f64 in 16 lanes, in an order that depends on the length alone: the
/// result has the same bits on every instruction set, for any number of threads, and overflows for no finite input.
pub fn sum_of_squares(values: &[f32]) -> f64 {
    let rows = values.len() / LANES;
    let parts = num_parts(rows, values.len());
    let mut sums = [0.0; MAX_PARTS];
    for_each_piece(&mut sums[..parts], 1, parts, parts, &|part, sum| {
        // A row is one vector; what is left of one goes with the last part.
        let end = if part + 1 == parts { values.len() } else { cut(rows, part + 1, parts) * LANES };
        sum[0] = dispatch(SumOfSquares(&values[cut(rows, part, parts) * LANES..end]));
    });
    sums[..parts].iter().sum()
}

struct SumOfSquares<'a>(&'a [f32]);

impl Loop for SumOfSquares<'_> {
    type Output = f64;
    #[inline(always)]
    fn run<S: Isa>(self) -> f64 {
        let mut lanes = [0.0_f64; LANES];
        let (rows, rest) = self.0.as_chunks::<LANES>();
        for row in rows {
            for (lane, &value) in lanes.iter_mut().zip(row) {
                *lane += f64::from(value) * f64::from(value);
            }
        }
        for (lane, &value) in lanes.iter_mut().zip(rest) {
            *lane += f64::from(value) * f64::from(value);
        }
        lanes.iter().sum()
    }
}

/// `values <- factor values`.
pub fn scale(values: &mut [f32], factor: f32) {
    let (lines, end) = values.split_at_mut(values.len() / ALIGN * ALIGN);
    let rows = lines.len() / ALIGN;
    let parts = num_parts(rows, lines.len());
    scale_rows(rows, ALIGN, factor, lines, parts);
    scale_rows(1, end.len(), factor, end, 1);
}

/// `values <- max(-limit, min(limit, values))`; NaN stays NaN.
pub fn clamp(values: &mut [f32], limit: f32) {
    let (lines, end) = values.split_at_mut(values.len() / ALIGN * ALIGN);
    let rows = lines.len() / ALIGN;
    let parts = num_parts(rows, lines.len());
    clamp_rows(rows, ALIGN, limit, lines, parts);
    clamp_rows(1, end.len(), limit, end, 1);
}

fused! {
    // Cut between lines: in the middle of one, every access of a part would straddle two cache lines.
    fn scale_rows<S>(rows; line; factor; write { values: line } partial {} read {} whole {}) {
        for value in values {
            *value *= factor;
        }
    }
}

fused! {
    fn clamp_rows<S>(rows; line; limit; write { values: line } partial {} read {} whole {}) {
        for value in values {
            *value = if *value > limit { limit } else if *value < -limit { -limit } else { *value };
        }
    }
}
