//! Rounding to whole numbers, and the remainder of a division.

use super::Float;
use super::helpers::{product, select};
use crate::isa::Isa;

/// `2^23`, or `2^52` in f64: numbers from here on are whole. Adding it to a smaller one rounds that to the nearest whole
/// number.
const WHOLE: Float = 1.0 / Float::EPSILON;

/// The nearest whole number, the even one of two; unlike [`f32::round`]. The sign of zero is kept.
#[inline(always)]
pub fn round<S: Isa>(x: Float) -> Float {
    let magnitude = x.abs();
    select::<S>(magnitude < WHOLE, (magnitude + WHOLE) - WHOLE, magnitude).copysign(x)
}

/// The largest whole number that is not larger.
#[inline(always)]
pub fn floor<S: Isa>(x: Float) -> Float {
    let nearest = round::<S>(x);
    select::<S>(nearest > x, nearest - 1.0, nearest)
}

/// The smallest whole number that is not smaller.
#[inline(always)]
pub fn ceil<S: Isa>(x: Float) -> Float {
    -floor::<S>(-x)
}

/// The whole part.
#[inline(always)]
pub fn trunc<S: Isa>(x: Float) -> Float {
    floor::<S>(x.abs()).copysign(x)
}

/// `x - trunc(x / y) y`, with the sign of `x`; NaN for infinite `x` and for `y = 0`.
///
/// # Numerics
/// Exact while `|x / y| < 2^23`, or `2^52` in f64. Beyond, where not even the quotient is known to the unit, 0.
#[inline(always)]
pub fn fmod<S: Isa>(x: Float, y: Float) -> Float {
    let (a, b) = (x.abs(), y.abs());
    let quotient = a / b;
    let whole = floor::<S>(quotient);
    // The exact product needs room above; a divisor too small for the scale gives too large a quotient.
    let is_large = a > 1e30;
    let scale = select::<S>(is_large, 1.0 / WHOLE, 1.0);
    let (multiple, error) = product::<S>(whole, b * scale);
    let rest = ((a * scale - multiple) - error) * select::<S>(is_large, WHOLE, 1.0);
    // The division may have rounded up to a whole number, or down from one.
    let rest = select::<S>(rest < 0.0, rest + b, rest);
    let rest = select::<S>(rest >= b, rest - b, rest);
    let beyond = select::<S>((b > 0.0) & (a < Float::INFINITY), 0.0, Float::NAN);
    let rest = select::<S>(quotient < WHOLE, rest, beyond);
    // A product with an infinite divisor is none.
    let rest = select::<S>(a < b, a, rest);
    rest.copysign(x)
}
