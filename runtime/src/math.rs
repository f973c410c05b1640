//! Elementary functions that vectorise: `exp`, `ln`, `tanh`, `sigmoid`, `softplus`, `erf`, and helpers with defined NaN
//! behaviour.
//!
//! Every function is a straight line of additions, multiplications, bit operations and selections, so LLVM turns a
//! loop over it into full-width vector code inside [`dispatch`](crate::isa::dispatch). NaN in gives NaN out.
//!
//! Errors are bounds, in ULP of the exact result, over all inputs and instruction sets. The polynomials are minimax
//! fits whose coefficients are rounded to `f32` from the lowest order up, the others being refitted each time.
//!
//! Results may differ in the last bits between instruction sets, since some fuse multiplication and addition.

use crate::isa::Isa;

/// `1.5 * 2^23`: adding it rounds to the nearest integer, which then sits in the low bits of the sum. A cast would
/// saturate, which costs several instructions per element.
const ROUND: f32 = 12_582_912.0;
const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// `ln 2` in two parts; the first has 9 significant bits, so its product with an exponent is exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// `2^exponent` for `-126 <= exponent <= 127`, by its bits.
#[inline(always)]
fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits((exponent.wrapping_add(127) as u32) << 23)
}

/// Nearest integer to `x` for `|x| < 2^22`, as float and as integer.
#[inline(always)]
fn round(x: f32) -> (f32, i32) {
    let shifted = x + ROUND;
    (shifted - ROUND, shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i32)
}

/// `x = n ln 2 + r` with `|r| <= ln 2 / 2`: returns `r` and `n`.
#[inline(always)]
fn reduce_exponent<S: Isa>(x: f32) -> (f32, i32) {
    let (n, exponent) = round(x * LOG2_E);
    (S::mul_add(n, -LN2_LOW, S::mul_add(n, -LN2_HIGH, x)), exponent)
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

/// Natural logarithm.
///
/// # Numerics
/// At most 0.85 ULP, denormal arguments included. `ln(0) = ln(-0) = -inf`; negative arguments give NaN.
#[inline(always)]
pub fn ln<S: Isa>(x: f32) -> f32 {
    /// Bits of the smallest mantissa, `2/3`: mantissas lie in `[2/3, 4/3)`, so the exponent is 0 around `x = 1` and
    /// nothing cancels there.
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
    let f2 = f * f;
    let tail = S::mul_add(f2, -0.5, S::mul_add(f2 * f, q, exponent * LN2_LOW));
    let value = S::mul_add(exponent, LN2_HIGH, f + tail);
    let value = select::<S>(x < f32::INFINITY, value, x);
    let value = select::<S>(x < 0.0, f32::NAN, value);
    select::<S>(x == 0.0, f32::NEG_INFINITY, value)
}

/// Hyperbolic tangent.
///
/// # Numerics
/// At most 2.5 ULP, also near 0. From `e^(2x) - 1`, which the reduction yields without cancellation.
#[inline(always)]
pub fn tanh<S: Isa>(x: f32) -> f32 {
    let magnitude = x.abs();
    // From 9.02 on the result rounds to 1.
    let magnitude = select::<S>(magnitude > 9.5, 9.5, magnitude);
    let (r, exponent) = reduce_exponent::<S>(magnitude + magnitude);
    let q = S::mul_add(r, 1.976_442_4e-4, 0.001_393_238_7);
    let q = S::mul_add(r, q, 0.008_333_543);
    let q = S::mul_add(r, q, 0.041_666_493);
    let q = S::mul_add(r, q, 0.166_666_66);
    let q = S::mul_add(r, q, 0.5);
    let expm1 = S::mul_add(r * r, q, r);
    let scale = power_of_two(exponent);
    let expm1 = S::mul_add(scale, expm1, scale - 1.0);
    (expm1 / (expm1 + 2.0)).copysign(x)
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

/// Error function.
///
/// # Numerics
/// At most 1.3 ULP, also near 0; the absolute error stays below 8e-8. Below `|x| = 1` an odd polynomial, above it
/// `1 - 2^-p(x)` with `p` a fit of `-log2(erfc(x))`.
#[inline(always)]
pub fn erf<S: Isa>(x: f32) -> f32 {
    let s = x * x;
    let p = S::mul_add(s, 7.806_904e-5, -0.000_799_785_3);
    let p = S::mul_add(s, p, 0.005_187_162);
    let p = S::mul_add(s, p, -0.026_853_347);
    let p = S::mul_add(s, p, 0.112_835_79);
    let p = S::mul_add(s, p, -0.376_126_26);
    let p = S::mul_add(s, p, 0.128_379_17);
    let small = S::mul_add(x, p, x);

    let magnitude = x.abs();
    // From 3.92 on the result rounds to 1.
    let a = select::<S>(magnitude > 4.0, 4.0, magnitude);
    let y = S::mul_add(a, -0.000_267_724_86, 0.004_240_953);
    let y = S::mul_add(a, y, -0.031_458_44);
    let y = S::mul_add(a, y, 0.148_651_57);
    let y = S::mul_add(a, y, 0.920_764_9);
    let y = S::mul_add(a, y, 1.625_975_1);
    let y = S::mul_add(a, y, 5.102_941e-4);
    let (n, exponent) = round(-y);
    let r = -y - n;
    let erfc = S::mul_add(r, 0.001_341_362_1, 0.009_671_657);
    let erfc = S::mul_add(r, erfc, 0.055_502_817);
    let erfc = S::mul_add(r, erfc, 0.240_222_4);
    let erfc = S::mul_add(r, erfc, 0.693_147_24);
    let erfc = S::mul_add(r, erfc, 1.0) * power_of_two(exponent);
    let large = (1.0 - erfc).copysign(x);
    select::<S>(magnitude < 1.0, small, large)
}

/// Square root, correctly rounded; NaN for negative arguments.
#[inline(always)]
pub fn sqrt<S: Isa>(x: f32) -> f32 {
    x.sqrt()
}

/// Absolute value.
#[inline(always)]
pub fn abs<S: Isa>(x: f32) -> f32 {
    x.abs()
}

/// The larger of two values; NaN if either is, unlike [`f32::max`].
#[inline(always)]
pub fn maximum<S: Isa>(a: f32, b: f32) -> f32 {
    // Where `b` is NaN the comparison fails and selects it. Two selections vectorise better than one by two conditions.
    let larger = if a > b { a } else { b };
    if a.is_nan() { a } else { larger }
}

/// The smaller of two values; NaN if either is, unlike [`f32::min`].
#[inline(always)]
pub fn minimum<S: Isa>(a: f32, b: f32) -> f32 {
    let smaller = if a < b { a } else { b };
    if a.is_nan() { a } else { smaller }
}

/// `max(x, 0)`; NaN stays NaN.
#[inline(always)]
pub fn relu<S: Isa>(x: f32) -> f32 {
    if x <= 0.0 { 0.0 } else { x }
}

/// `a` where `condition` holds, else `b`. Both are computed, so that the selection vectorises.
#[inline(always)]
pub fn select<S: Isa>(condition: bool, a: f32, b: f32) -> f32 {
    if condition { a } else { b }
}
