//! Changes of flat buffers that treat all elements alike: what clipping, averaging and line searches do.

use super::update::{UpdateRule, update};
use crate::arena::ALIGN;
use crate::isa::Isa;
use crate::parallel::num_parts;

/// `values <- factor values + other_factor other`.
///
/// # Panics
/// When the lengths differ.
pub fn combine(values: &mut [f32], factor: f32, other: &[f32], other_factor: f32) {
    update(&Combine { factor, other_factor }, [values], other);
}

#[derive(Clone, Copy)]
struct Combine {
    factor: f32,
    other_factor: f32,
}

impl UpdateRule<1> for Combine {
    #[inline(always)]
    fn element<S: Isa>(&self, [value]: [f32; 1], other: f32) -> [f32; 1] {
        [S::mul_add(self.factor, value, self.other_factor * other)]
    }
}

/// `values <- values + weight (other - values)`: where both agree, nothing changes.
///
/// # Panics
/// When the lengths differ.
pub fn lerp(values: &mut [f32], other: &[f32], weight: f32) {
    update(&Lerp { weight }, [values], other);
}

#[derive(Clone, Copy)]
struct Lerp {
    weight: f32,
}

impl UpdateRule<1> for Lerp {
    #[inline(always)]
    fn element<S: Isa>(&self, [value]: [f32; 1], other: f32) -> [f32; 1] {
        [S::mul_add(self.weight, other - value, value)]
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
