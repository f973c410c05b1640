//! Logarithms.

use super::exponential::{LN2_HIGH, LN2_LOW};
use super::helpers::select;
use crate::isa::Isa;

/// `x = 2^exponent * (1 + f)` with `2/3 <= 1 + f < 4/3`, and the `q` of `ln(1 + f) = f - f^2 / 2 + f^3 q`. The
/// exponent is 0 around `x = 1`, so nothing cancels there.
#[inline(always)]
fn reduce<S: Isa>(x: f32) -> (f32, f32, f32) {
    /// Bits of the smallest mantissa, `2/3`.
    const SMALLEST: u32 = 0x3f2a_aaab;
    let denormal = x < f32::MIN_POSITIVE;
    let bits = select::<S>(denormal, x * 8_388_608.0, x).to_bits().wrapping_sub(SMALLEST);
    let exponent = ((bits as i32) >> 23) as f32 + select::<S>(denormal, -23.0, 0.0);
    let f = f32::from_bits((bits & 0x007f_ffff).wrapping_add(SMALLEST)) - 1.0;
    let q = S::mul_add(f, -0.128_748_85, 0.139_867_25);
    let q = S::mul_add(f, q, -0.121_882_74);
    let q = S::mul_add(f, q, 0.140_053_39);
    let q = S::mul_add(f, q, -0.166_801_84);
    let q = S::mul_add(f, q, 0.200_104_45);
    let q = S::mul_add(f, q, -0.249_998_05);
    let q = S::mul_add(f, q, 0.333_332_15);
    (exponent, f, q)
}

/// The logarithm of `x` where it is an ordinary number, and the limits elsewhere.
#[inline(always)]
fn with_limits<S: Isa>(x: f32, value: f32) -> f32 {
    let value = select::<S>(x < f32::INFINITY, value, x);
    let value = select::<S>(x < 0.0, f32::NAN, value);
    select::<S>(x == 0.0, f32::NEG_INFINITY, value)
}

/// Natural logarithm.
///
/// # Numerics
/// At most 0.85 ULP, denormal arguments included. `ln(0) = ln(-0) = -inf`; negative arguments give NaN.
#[inline(always)]
pub fn ln<S: Isa>(x: f32) -> f32 {
    let (exponent, f, q) = reduce::<S>(x);
    let f2 = f * f;
    let tail = S::mul_add(f2, -0.5, S::mul_add(f2 * f, q, exponent * LN2_LOW));
    with_limits::<S>(x, S::mul_add(exponent, LN2_HIGH, f + tail))
}

/// Logarithm to base 2.
///
/// # Numerics
/// At most 1.8 ULP, denormal arguments included; exact for powers of two. Limits as for [`ln`].
#[inline(always)]
pub fn log2<S: Isa>(x: f32) -> f32 {
    let (exponent, f, q) = reduce::<S>(x);
    let f2 = f * f;
    let natural = f + S::mul_add(f2, -0.5, f2 * f * q);
    with_limits::<S>(x, S::mul_add(natural, std::f32::consts::LOG2_E, exponent))
}

/// `ln(1 + x)`; -infinity at -1, NaN below.
///
/// # Numerics
/// At most 2.0 ULP, also near 0.
#[inline(always)]
pub fn ln_1p<S: Isa>(x: f32) -> f32 {
    let sum = 1.0 + x;
    // What rounding took from the sum is added to first order, so that small values keep their digits.
    let rest = sum - 1.0;
    let error = (1.0 - (sum - rest)) + (x - rest);
    let value = ln::<S>(sum);
    let corrected = value + error / sum;
    let corrected = select::<S>(sum > 0.0, corrected, value);
    select::<S>(sum < f32::INFINITY, corrected, value).copysign(x)
}
