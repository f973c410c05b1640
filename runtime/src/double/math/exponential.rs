//! Exponentials.

use super::helpers::{relu, select};
use super::logarithm::{LN2_HIGH, LN2_LOW, ln};
use crate::isa::Isa;

/// `1.5 * 2^52`: adding it rounds to the nearest integer, which then sits in the low bits of the sum.
const ROUND: f64 = 6_755_399_441_055_744.0;
const LOG2_E: f64 = std::f64::consts::LOG2_E;

/// `2^n` for a whole number `-1022 <= n <= 1023`, by its bits.
#[inline(always)]
pub(super) fn power_of_two(n: f64) -> f64 {
    // The shift drops what is above the exponent, so that no arithmetic of 64-bit integers is needed beside an addition.
    f64::from_bits((n + ROUND).to_bits().wrapping_add(1023) << 52)
}

/// `2^n` as a product of which the second is 1 but for the largest exponents: where the first is scaled to a difference
/// of exponentials, the result overflows only after the second.
#[inline(always)]
pub(super) fn capped_power_of_two(n: f64) -> (f64, f64) {
    let capped = if n > 1022.0 { 1022.0 } else { n };
    (power_of_two(capped), power_of_two(n - capped))
}

/// Nearest integer to `x` for `|x| < 2^51`.
#[inline(always)]
fn nearest_integer(x: f64) -> f64 {
    (x + ROUND) - ROUND
}

/// `x = n ln 2 + r` with `|r| <= ln 2 / 2`: returns `r` and `n`.
#[inline(always)]
pub(super) fn reduce_exponent<S: Isa>(x: f64) -> (f64, f64) {
    let n = nearest_integer(x * LOG2_E);
    (S::mul_add(n, -LN2_LOW, S::mul_add(n, -LN2_HIGH, x)), n)
}

/// `e^r - 1` for `|r| <= ln 2 / 2`, also near 0: its Taylor polynomial, whose first term left out is below `2^-57`.
#[inline(always)]
pub(super) fn exp_m1_reduced<S: Isa>(r: f64) -> f64 {
    let q = S::mul_add(r, 1.605_904_383_682_161_3e-10, 2.087_675_698_786_81e-9);
    let q = S::mul_add(r, q, 2.505_210_838_544_172e-8);
    let q = S::mul_add(r, q, 2.755_731_922_398_589e-7);
    let q = S::mul_add(r, q, 2.755_731_922_398_589_3e-6);
    let q = S::mul_add(r, q, 2.480_158_730_158_73e-5);
    let q = S::mul_add(r, q, 1.984_126_984_126_984e-4);
    let q = S::mul_add(r, q, 0.001_388_888_888_888_889);
    let q = S::mul_add(r, q, 0.008_333_333_333_333_333);
    let q = S::mul_add(r, q, 0.041_666_666_666_666_664);
    let q = S::mul_add(r, q, 0.166_666_666_666_666_66);
    let q = S::mul_add(r, q, 0.5);
    S::mul_add(r * r, q, r)
}

/// `value * 2^n` for `|n| <= 1080`. One power of two would overflow where the result does not, and could not make a
/// denormal.
#[inline(always)]
fn scaled(value: f64, n: f64) -> f64 {
    let half = nearest_integer(0.5 * n);
    value * power_of_two(half) * power_of_two(n - half)
}

/// `e^x`.
///
/// # Numerics
/// At most 1.0 ULP, denormal results included. Overflow gives infinity, underflow 0.
#[inline(always)]
pub fn exp<S: Isa>(x: f64) -> f64 {
    // Beyond these the result is infinite or 0 anyway; they keep both powers of two in range.
    let x = select::<S>(x > 710.0, 710.0, x);
    let x = select::<S>(x < -746.0, -746.0, x);
    let (r, n) = reduce_exponent::<S>(x);
    scaled(exp_m1_reduced::<S>(r) + 1.0, n)
}

/// `2^x`.
///
/// # Numerics
/// At most 1.1 ULP, denormal results included; exact for whole numbers. Overflow gives infinity, underflow 0.
#[inline(always)]
pub fn exp2<S: Isa>(x: f64) -> f64 {
    let x = select::<S>(x > 1025.0, 1025.0, x);
    let x = select::<S>(x < -1077.0, -1077.0, x);
    let n = nearest_integer(x);
    let r = x - n;
    let p = S::mul_add(r, 1.369_148_885_390_412_8e-12, 2.567_843_599_348_820_6e-11);
    let p = S::mul_add(r, p, 4.445_538_271_870_812e-10);
    let p = S::mul_add(r, p, 7.054_911_620_801_123e-9);
    let p = S::mul_add(r, p, 1.017_808_600_923_97e-7);
    let p = S::mul_add(r, p, 1.321_548_679_014_431e-6);
    let p = S::mul_add(r, p, 1.525_273_380_405_984e-5);
    let p = S::mul_add(r, p, 1.540_353_039_338_161e-4);
    let p = S::mul_add(r, p, 0.001_333_355_814_642_844_3);
    let p = S::mul_add(r, p, 0.009_618_129_107_628_477);
    let p = S::mul_add(r, p, 0.055_504_108_664_821_58);
    let p = S::mul_add(r, p, 0.240_226_506_959_100_72);
    let p = S::mul_add(r, p, std::f64::consts::LN_2);
    scaled(S::mul_add(r, p, 1.0), n)
}

/// `e^x - 1`.
///
/// # Numerics
/// At most 1.7 ULP, also near 0. Overflow gives infinity.
#[inline(always)]
pub fn exp_m1<S: Isa>(x: f64) -> f64 {
    // Beyond these the result is infinite, or rounds to -1.
    let x_near = select::<S>(x > 710.0, 710.0, x);
    let x_near = select::<S>(x_near < -38.0, -38.0, x_near);
    let (r, n) = reduce_exponent::<S>(x_near);
    let (scale, rest) = capped_power_of_two(n);
    let value = S::mul_add(scale, exp_m1_reduced::<S>(r), scale - 1.0);
    (value * rest).copysign(x)
}

/// Logistic function `1 / (1 + e^-x)`.
///
/// # Numerics
/// At most 2.5 ULP where the result is a normal number; smaller ones may be flushed to 0.
#[inline(always)]
pub fn sigmoid<S: Isa>(x: f64) -> f64 {
    1.0 / (1.0 + exp::<S>(-x))
}

/// `ln(1 + e^x)`.
///
/// # Numerics
/// At most 2.5 ULP, denormal results included; nothing overflows.
#[inline(always)]
pub fn softplus<S: Isa>(x: f64) -> f64 {
    let small = exp::<S>(-x.abs());
    let sum = 1.0 + small;
    // What rounding took from the sum is added to first order, so that small values keep their digits.
    let tail = ln::<S>(sum) + (small - (sum - 1.0)) / sum;
    relu::<S>(x) + tail
}
