//! Selections with defined NaN behaviour, and products in two parts: the same text for every computing type.

use super::Float;
use super::limits::SPLIT;
use crate::isa::Isa;

/// Square root, correctly rounded; NaN for negative arguments.
#[inline(always)]
pub fn sqrt<S: Isa>(x: Float) -> Float {
    x.sqrt()
}

/// Absolute value.
#[inline(always)]
pub fn abs<S: Isa>(x: Float) -> Float {
    x.abs()
}

/// The larger of two values; NaN if either is, unlike [`f32::max`].
#[inline(always)]
pub fn maximum<S: Isa>(a: Float, b: Float) -> Float {
    // Where `b` is NaN the comparison fails and selects it. Two selections vectorise better than one by two conditions.
    let larger = if a > b { a } else { b };
    if a.is_nan() { a } else { larger }
}

/// The smaller of two values; NaN if either is, unlike [`f32::min`].
#[inline(always)]
pub fn minimum<S: Isa>(a: Float, b: Float) -> Float {
    let smaller = if a < b { a } else { b };
    if a.is_nan() { a } else { smaller }
}

/// `max(x, 0)`; NaN stays NaN.
#[inline(always)]
pub fn relu<S: Isa>(x: Float) -> Float {
    if x <= 0.0 { 0.0 } else { x }
}

/// `a` where `condition` holds, else `b`. Both are computed, so that the selection vectorises.
#[inline(always)]
pub fn select<S: Isa>(condition: bool, a: Float, b: Float) -> Float {
    if condition { a } else { b }
}

/// `x / (1 + |x|)`: at most 1.5 ULP; NaN at the infinities, as in PyTorch.
#[inline(always)]
pub fn softsign<S: Isa>(x: Float) -> Float {
    x / (1.0 + x.abs())
}

/// `a * b` as the rounded product and what rounding took from it, exactly, unless something overflows or underflows.
#[inline(always)]
pub(super) fn product<S: Isa>(a: Float, b: Float) -> (Float, Float) {
    let rounded = a * b;
    let error = if S::FUSED {
        S::mul_add(a, b, -rounded)
    } else {
        let ([a_high, a_low], [b_high, b_low]) = (split(a), split(b));
        ((a_high * b_high - rounded) + a_high * b_low + a_low * b_high) + a_low * b_low
    };
    (rounded, error)
}

/// A number as the sum of two with half the bits each, whose products are exact.
///
/// # Source
/// Dekker, "A floating-point technique for extending the available precision", 1971.
#[inline(always)]
fn split(x: Float) -> [Float; 2] {
    let scaled = SPLIT * x;
    let high = scaled - (scaled - x);
    [high, x - high]
}
