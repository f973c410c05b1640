//! Exponentials.

use super::helpers::{relu, select};
use super::logarithm::ln;
use crate::isa::Isa;

/// `1.5 * 2^23`: adding it rounds to the nearest integer, which then sits in the low bits of the sum. A cast would
/// saturate, which costs several instructions per element.
pub(super) const ROUND: f32 = 12_582_912.0;
const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// `ln 2` in two parts; the first has 9 significant bits, so its product with an exponent is exact.
pub(super) const LN2_HIGH: f32 = 0.693_359_4;
pub(super) const LN2_LOW: f32 = -2.121_944_4e-4;

/// `2^exponent` for `-126 <= exponent <= 127`, by its bits.
#[inline(always)]
pub(super) fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits((exponent.wrapping_add(127) as u32) << 23)
}

/// `2^exponent` as a product of which the second is 1 but for the largest exponents, up to 129: where the first is
/// scaled to a difference of exponentials, the result overflows only after the second.
#[inline(always)]
pub(super) fn capped_power_of_two(exponent: i32) -> (f32, f32) {
    let capped = exponent.min(126);
    (power_of_two(capped), power_of_two(exponent.wrapping_sub(capped)))
}

/// Nearest integer to `x` for `|x| < 2^22`, as float and as integer.
#[inline(always)]
pub(super) fn nearest_integer(x: f32) -> (f32, i32) {
    let shifted = x + ROUND;
    (shifted - ROUND, shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i32)
}

/// `x = n ln 2 + r` with `|r| <= ln 2 / 2`: returns `r` and `n`.
#[inline(always)]
pub(super) fn reduce_exponent<S: Isa>(x: f32) -> (f32, i32) {
    let (n, exponent) = nearest_integer(x * LOG2_E);
    (S::mul_add(n, -LN2_LOW, S::mul_add(n, -LN2_HIGH, x)), exponent)
}

/// `e^r - 1` for `|r| <= ln 2 / 2`, also near 0.
#[inline(always)]
pub(super) fn exp_m1_reduced<S: Isa>(r: f32) -> f32 {
    let q = S::mul_add(r, 1.976_442_4e-4, 0.001_393_238_7);
    let q = S::mul_add(r, q, 0.008_333_543);
    let q = S::mul_add(r, q, 0.041_666_493);
    let q = S::mul_add(r, q, 0.166_666_66);
    let q = S::mul_add(r, q, 0.5);
    S::mul_add(r * r, q, r)
}

/// `2^(n + r)` for the whole number `exponent` and `|r| <= 0.5`, or a little more.
#[inline(always)]
pub(super) fn exp2_reduced<S: Isa>(exponent: i32, r: f32) -> f32 {
    let p = S::mul_add(r, 1.532_894_4e-4, 0.001_339_097_6);
    let p = S::mul_add(r, p, 0.009_618_5);
    let p = S::mul_add(r, p, 0.055_503_596);
    let p = S::mul_add(r, p, 0.240_226_48);
    let p = S::mul_add(r, p, std::f32::consts::LN_2);
    let value = S::mul_add(r, p, 1.0);
    // One power of two would overflow where the result does not, and could not make a denormal.
    let half = exponent >> 1;
    value * power_of_two(half) * power_of_two(exponent.wrapping_sub(half))
}

/// `e^x`.
///
/// # Numerics
/// At most 1.0 ULP, denormal results included. Overflow gives infinity, underflow 0.
#[inline(always)]
pub fn exp<S: Isa>(x: f32) -> f32 {
    // Beyond these the result is infinite or 0 anyway; they keep both powers of two below in range.
    let x = select::<S>(x > 89.0, 89.0, x);
    let x = select::<S>(x < -104.0, -104.0, x);
    let (r, exponent) = reduce_exponent::<S>(x);
    let q = S::mul_add(r, 0.001_382_173_3, 0.008_368_856);
    let q = S::mul_add(r, q, 0.041_668_26);
    let q = S::mul_add(r, q, 0.166_665_2);
    let q = S::mul_add(r, q, 0.499_999_94);
    let value = S::mul_add(r * r, q, r) + 1.0;
    // One power of two would overflow where the result does not, and could not make a denormal.
    let half = exponent >> 1;
    value * power_of_two(half) * power_of_two(exponent.wrapping_sub(half))
}

/// `2^x`.
///
/// # Numerics
/// At most 1.0 ULP, denormal results included; exact for whole numbers. Overflow gives infinity, underflow 0.
#[inline(always)]
pub fn exp2<S: Isa>(x: f32) -> f32 {
    let x = select::<S>(x > 129.0, 129.0, x);
    let x = select::<S>(x < -151.0, -151.0, x);
    let (n, exponent) = nearest_integer(x);
    exp2_reduced::<S>(exponent, x - n)
}

/// `e^x - 1`.
///
/// # Numerics
/// At most 1.5 ULP, also near 0. Overflow gives infinity.
#[inline(always)]
pub fn exp_m1<S: Isa>(x: f32) -> f32 {
    // Beyond these the result is infinite, or rounds to -1.
    let x_near = select::<S>(x > 89.0, 89.0, x);
    let x_near = select::<S>(x_near < -18.0, -18.0, x_near);
    let (r, exponent) = reduce_exponent::<S>(x_near);
    let (scale, rest) = capped_power_of_two(exponent);
    let value = S::mul_add(scale, exp_m1_reduced::<S>(r), scale - 1.0);
    (value * rest).copysign(x)
}

/// Logistic function `1 / (1 + e^-x)`.
///
/// # Numerics
/// At most 2.5 ULP where the result is a normal number; smaller ones may be flushed to 0.
#[inline(always)]
pub fn sigmoid<S: Isa>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<S>(-x))
}

/// `ln(1 + e^x)`.
///
/// # Numerics
/// At most 2.5 ULP, denormal results included; nothing overflows.
#[inline(always)]
pub fn softplus<S: Isa>(x: f32) -> f32 {
    let small = exp::<S>(-x.abs());
    let sum = 1.0 + small;
    // What rounding took from the sum is added to first order, so that small values keep their digits.
    let tail = ln::<S>(sum) + (small - (sum - 1.0)) / sum;
    relu::<S>(x) + tail
}
