//! Logarithms.

use super::helpers::select;
use crate::isa::Isa;

/// `ln 2` in two parts; the first has 33 significant bits, so its product with an exponent is exact.
pub(super) const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
pub(super) const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// `x = 2^exponent * (1 + f)` with `sqrt(1/2) <= 1 + f < sqrt(2)`, and what `ln(1 + f)` is beside `f - f^2 / 2`. The
/// exponent is 0 around `x = 1`, so nothing cancels there.
///
/// # Source
/// The series of `ln((1 + s) / (1 - s))` with `s = f / (2 + f)`, by the minimax coefficients of FreeBSD's `e_log.c`,
/// whose error is below `2^-58`.
#[inline(always)]
fn reduce<S: Isa>(x: f64) -> (f64, f64, f64) {
    /// Bits of the smallest mantissa, `sqrt(1/2)`.
    const SMALLEST: u64 = 0x3fe6_a09e_667f_3bcd;
    /// Bits of 1: keeps the exponent above zero, so that it needs no shift of signed numbers, which AVX2 lacks.
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    /// `2^52`, in whose low bits a whole number becomes a float.
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    let denormal = x < f64::MIN_POSITIVE;
    let bits = select::<S>(denormal, x * WHOLE, x).to_bits().wrapping_sub(SMALLEST).wrapping_add(ONE);
    let biased = f64::from_bits((bits >> 52) | WHOLE.to_bits()) - WHOLE;
    let exponent = biased - select::<S>(denormal, 1075.0, 1023.0);
    let f = f64::from_bits((bits & 0x000f_ffff_ffff_ffff).wrapping_add(SMALLEST)) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = S::mul_add(w, 1.531_383_769_920_937_3e-1, 2.222_219_843_214_978_4e-1);
    let even = w * S::mul_add(w, even, 3.999_999_999_940_942e-1);
    let odd = S::mul_add(w, 1.479_819_860_511_658_6e-1, 1.818_357_216_161_805e-1);
    let odd = S::mul_add(w, odd, 2.857_142_874_366_239e-1);
    let odd = z * S::mul_add(w, odd, 6.666_666_666_666_735e-1);
    (exponent, f, s * (0.5 * f * f + (even + odd)))
}

/// The logarithm of `x` where it is an ordinary number, and the limits elsewhere.
#[inline(always)]
fn with_limits<S: Isa>(x: f64, value: f64) -> f64 {
    let value = select::<S>(x < f64::INFINITY, value, x);
    let value = select::<S>(x < 0.0, f64::NAN, value);
    select::<S>(x == 0.0, f64::NEG_INFINITY, value)
}

/// Natural logarithm.
///
/// # Numerics
/// At most 1.0 ULP, denormal arguments included. `ln(0) = ln(-0) = -inf`; negative arguments give NaN.
#[inline(always)]
pub fn ln<S: Isa>(x: f64) -> f64 {
    let (exponent, f, rest) = reduce::<S>(x);
    let tail = S::mul_add(exponent, LN2_LOW, rest) - 0.5 * f * f;
    with_limits::<S>(x, S::mul_add(exponent, LN2_HIGH, f + tail))
}

/// Logarithm to base 2.
///
/// # Numerics
/// At most 2.0 ULP, denormal arguments included; exact for powers of two. Limits as for [`ln`].
#[inline(always)]
pub fn log2<S: Isa>(x: f64) -> f64 {
    let (exponent, f, rest) = reduce::<S>(x);
    let natural = f + (rest - 0.5 * f * f);
    with_limits::<S>(x, S::mul_add(natural, std::f64::consts::LOG2_E, exponent))
}

/// `ln(1 + x)`; -infinity at -1, NaN below.
///
/// # Numerics
/// At most 2.0 ULP, also near 0.
#[inline(always)]
pub fn ln_1p<S: Isa>(x: f64) -> f64 {
    let sum = 1.0 + x;
    // What rounding took from the sum is added to first order, so that small values keep their digits.
    let rest = sum - 1.0;
    let error = (1.0 - (sum - rest)) + (x - rest);
    let value = ln::<S>(sum);
    let corrected = value + error / sum;
    let corrected = select::<S>(sum > 0.0, corrected, value);
    select::<S>(sum < f64::INFINITY, corrected, value).copysign(x)
}
