//! Changes of flat buffers that treat all elements alike: what clipping, averaging and line searches do.

use super::super::Float;
use super::update::{UpdateRule, update};
use crate::buffer::ALIGN;
use crate::isa::Isa;
use crate::parallel::num_parts;

/// `values <- factor values + other_factor other`.
///
/// # Panics
/// When the lengths differ.
pub fn combine(values: &mut [Float], factor: Float, other: &[Float], other_factor: Float) {
    update(&Combine { factor, other_factor }, [values], other);
}

#[derive(Clone, Copy)]
struct Combine {
    factor: Float,
    other_factor: Float,
}

impl UpdateRule<1> for Combine {
    #[inline(always)]
    fn element<S: Isa>(&self, [value]: [Float; 1], other: Float) -> [Float; 1] {
        [S::mul_add(self.factor, value, self.other_factor * other)]
    }
}

/// `values <- values + weight (other - values)`: where both agree, nothing changes.
///
/// # Panics
/// When the lengths differ.
pub fn lerp(values: &mut [Float], other: &[Float], weight: Float) {
    update(&Lerp { weight }, [values], other);
}

#[derive(Clone, Copy)]
struct Lerp {
    weight: Float,
}

impl UpdateRule<1> for Lerp {
    #[inline(always)]
    fn element<S: Isa>(&self, [value]: [Float; 1], other: Float) -> [Float; 1] {
        [S::mul_add(self.weight, other - value, value)]
    }
}

/// `values <- factor values`.
pub fn scale(values: &mut [Float], factor: Float) {
    let (lines, end) = values.split_at_mut(values.len() / ALIGN * ALIGN);
    let rows = lines.len() / ALIGN;
    let parts = num_parts(rows, lines.len());
    scale_rows(rows, ALIGN, factor, lines, parts);
    scale_rows(1, end.len(), factor, end, 1);
}

/// `values <- max(-limit, min(limit, values))`; NaN stays NaN.
pub fn clamp(values: &mut [Float], limit: Float) {
    let (lines, end) = values.split_at_mut(values.len() / ALIGN * ALIGN);
    let rows = lines.len() / ALIGN;
    let parts = num_parts(rows, lines.len());
    clamp_rows(rows, ALIGN, limit, lines, parts);
    clamp_rows(1, end.len(), limit, end, 1);
}

fused! {
    in super::super::fused, Float;
    // Cut between lines: in the middle of one, every access of a part would straddle two cache lines.
    fn scale_rows<S>(rows; line; factor; write { values: line } partial {} read {} whole {}) {
        for value in values {
            *value *= factor;
        }
    }
}

fused! {
    in super::super::fused, Float;
    fn clamp_rows<S>(rows; line; limit; write { values: line } partial {} read {} whole {}) {
        for value in values {
            *value = if *value > limit { limit } else if *value < -limit { -limit } else { *value };
        }
    }
}
