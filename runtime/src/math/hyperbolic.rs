//! Hyperbolic functions and their inverses.

use super::Float;
use super::exponential::{capped_power_of_two, exp_m1_reduced, power_of_two, reduce_exponent};
use super::helpers::select;
use super::limits::{SINH_OVERFLOWS, TANH_IS_ONE};
use super::logarithm::ln_1p;
use crate::isa::Isa;
use std::f64::consts::LN_2;

/// Hyperbolic tangent.
///
/// # Numerics
/// At most 2.5 ULP, also near 0. From `e^(2x) - 1`, which the reduction yields without cancellation.
#[inline(always)]
pub fn tanh<S: Isa>(x: Float) -> Float {
    let magnitude = x.abs();
    let magnitude = select::<S>(magnitude > TANH_IS_ONE, TANH_IS_ONE, magnitude);
    let (r, exponent) = reduce_exponent::<S>(magnitude + magnitude);
    let scale = power_of_two(exponent);
    let expm1 = S::mul_add(scale, exp_m1_reduced::<S>(r), scale - 1.0);
    (expm1 / (expm1 + 2.0)).copysign(x)
}

/// Hyperbolic sine.
///
/// # Numerics
/// At most 2.0 ULP, 2.2 in f64, also near 0. Overflow gives infinity.
#[inline(always)]
pub fn sinh<S: Isa>(x: Float) -> Float {
    let magnitude = x.abs();
    let magnitude = select::<S>(magnitude > SINH_OVERFLOWS, SINH_OVERFLOWS, magnitude);
    let (r, exponent) = reduce_exponent::<S>(magnitude);
    let (scale, rest) = capped_power_of_two(exponent);
    // `e^x - 1`, but for `rest`, beside which 1 does not count.
    let expm1 = S::mul_add(scale, exp_m1_reduced::<S>(r), scale - 1.0);
    (0.5 * (expm1 + expm1 / (expm1 + 1.0)) * rest).copysign(x)
}

/// Hyperbolic cosine.
///
/// # Numerics
/// At most 1.6 ULP. Overflow gives infinity.
#[inline(always)]
pub fn cosh<S: Isa>(x: Float) -> Float {
    let magnitude = x.abs();
    let magnitude = select::<S>(magnitude > SINH_OVERFLOWS, SINH_OVERFLOWS, magnitude);
    let (r, exponent) = reduce_exponent::<S>(magnitude);
    let (scale, rest) = capped_power_of_two(exponent);
    let exp = S::mul_add(scale, exp_m1_reduced::<S>(r), scale);
    0.5 * (exp + 1.0 / exp) * rest
}

/// From here on `sqrt(x^2 + 1)` is `x`, and its square may overflow.
const LARGE: Float = 268_435_456.0;

/// Inverse hyperbolic sine.
///
/// # Numerics
/// At most 2.5 ULP, also near 0.
#[inline(always)]
pub fn asinh<S: Isa>(x: Float) -> Float {
    let magnitude = x.abs();
    let is_large = magnitude > LARGE;
    let a = select::<S>(is_large, 0.0, magnitude);
    let square = a * a;
    let excess = a + square / (1.0 + (1.0 + square).sqrt());
    let value = ln_1p::<S>(select::<S>(is_large, magnitude, excess));
    (value + select::<S>(is_large, LN_2 as Float, 0.0)).copysign(x)
}

/// Inverse hyperbolic cosine; NaN below 1.
///
/// # Numerics
/// At most 2.5 ULP, also near 1.
#[inline(always)]
pub fn acosh<S: Isa>(x: Float) -> Float {
    let is_large = x > LARGE;
    let t = select::<S>(is_large, 0.0, x - 1.0);
    let excess = t + S::mul_add(t, t, t + t).sqrt();
    let value = ln_1p::<S>(select::<S>(is_large, x, excess));
    let value = value + select::<S>(is_large, LN_2 as Float, 0.0);
    select::<S>(x < 1.0, Float::NAN, value)
}

/// Inverse hyperbolic tangent: infinite at -1 and 1, NaN beyond.
///
/// # Numerics
/// At most 2.5 ULP, also near 0.
#[inline(always)]
pub fn atanh<S: Isa>(x: Float) -> Float {
    let magnitude = x.abs();
    (0.5 * ln_1p::<S>((magnitude + magnitude) / (1.0 - magnitude))).copysign(x)
}
