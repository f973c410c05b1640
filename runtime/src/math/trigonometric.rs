//! Trigonometric functions and their inverses.

use super::exponential::nearest_integer;
use super::helpers::{product, select};
use crate::isa::Isa;
use std::f32::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// What `f32` leaves of `pi / 2`, in two parts, and of other multiples of `pi`.
const FRAC_PI_2_LOW: f32 = -4.371_139e-8;
const FRAC_PI_2_LOWEST: f32 = -1.715_124_5e-15;
const FRAC_PI_4_LOW: f32 = -2.185_569_4e-8;
const PI_LOW: f32 = -8.742_278e-8;
const FRAC_3_PI_4: f32 = 2.356_194_5;
const FRAC_3_PI_4_LOW: f32 = -5.962_440_3e-9;

/// `x = n pi / 2 + r` with `|r| <= pi / 4`: returns `r`, what `f32` leaves of it, and `n`.
///
/// Exact enough for `|x| <= 6.5e6`, where `n` fits the rounding trick; beyond, `r` stays in range but has no meaning.
///
/// # Source
/// Cody and Waite, "Software Manual for the Elementary Functions", 1980, chapter 8.
#[inline(always)]
fn reduce<S: Isa>(x: f32) -> (f32, f32, i32) {
    let (n, quadrant) = nearest_integer(x * std::f32::consts::FRAC_2_PI);
    let (multiple, error) = product::<S>(n, FRAC_PI_2);
    // Both differences are exact: what is left has no more digits than `x`.
    let rest = (x - multiple) - error;
    // For large `x` rounding in the first line may have chosen a neighbour of the nearest `n`.
    let estimate = S::mul_add(n, -FRAC_PI_2_LOW, rest);
    let step = select::<S>(estimate > 0.79, 1.0, select::<S>(estimate < -0.79, -1.0, 0.0));
    let (_, quadrant_step) = nearest_integer(step);
    let (n, quadrant) = (n + step, quadrant.wrapping_add(quadrant_step));
    let rest = S::mul_add(step, -FRAC_PI_2, rest);
    let (multiple, error) = product::<S>(n, FRAC_PI_2_LOW);
    let r = rest - multiple;
    let low = ((rest - r) - multiple) - S::mul_add(n, FRAC_PI_2_LOWEST, error);
    let is_accurate = r.abs() <= 0.8;
    let elsewhere = select::<S>(x.abs() < f32::INFINITY, 0.0, f32::NAN);
    (select::<S>(is_accurate, r, elsewhere), select::<S>(is_accurate, low, 0.0), quadrant)
}

/// Sine and cosine of `r + low` for `|r| <= pi / 4`.
#[inline(always)]
fn sin_cos_reduced<S: Isa>(r: f32, low: f32) -> (f32, f32) {
    let s = r * r;
    let p = S::mul_add(s, -1.951_828_5e-4, 0.008_332_189);
    let p = S::mul_add(s, p, -0.166_666_55);
    let sin = r + S::mul_add(r * s, p, low);
    let p = S::mul_add(s, 2.443_256_2e-5, -0.001_388_731_1);
    let p = S::mul_add(s, p, 0.041_666_646);
    let cos = S::mul_add(s * s, p, S::mul_add(s, -0.5, S::mul_add(r, -low, 1.0)));
    (sin, cos)
}

/// `value`, negated where bit 1 of `quadrant` is set.
#[inline(always)]
fn negate_by_quadrant(value: f32, quadrant: i32) -> f32 {
    f32::from_bits(value.to_bits() ^ (((quadrant as u32) >> 1) << 31))
}

/// Sine; NaN for infinities.
///
/// # Numerics
/// At most 1.6 ULP for `|x| <= 6.5e6`, also near multiples of `pi`. Beyond, the result lies within ±1 but is not
/// accurate.
#[inline(always)]
pub fn sin<S: Isa>(x: f32) -> f32 {
    let (r, low, quadrant) = reduce::<S>(x);
    let (sin, cos) = sin_cos_reduced::<S>(r, low);
    let value = negate_by_quadrant(select::<S>(quadrant & 1 == 0, sin, cos), quadrant);
    // The reduction turns -0 into 0.
    select::<S>(x == 0.0, x, value)
}

/// Cosine; NaN for infinities.
///
/// # Numerics
/// At most 1.6 ULP for `|x| <= 6.5e6`, also near odd multiples of `pi / 2`. Beyond, the result lies within ±1 but is not
/// accurate.
#[inline(always)]
pub fn cos<S: Isa>(x: f32) -> f32 {
    let (r, low, quadrant) = reduce::<S>(x);
    let (sin, cos) = sin_cos_reduced::<S>(r, low);
    negate_by_quadrant(select::<S>(quadrant & 1 == 0, cos, sin), quadrant.wrapping_add(quadrant & 1))
}

/// Tangent; NaN for infinities.
///
/// # Numerics
/// At most 3.0 ULP for `|x| <= 6.5e6`, also near its zeros and poles. Beyond, not accurate.
#[inline(always)]
pub fn tan<S: Isa>(x: f32) -> f32 {
    let (r, low, quadrant) = reduce::<S>(x);
    let (sin, cos) = sin_cos_reduced::<S>(r, low);
    let is_even = quadrant & 1 == 0;
    let value = select::<S>(is_even, sin, -cos) / select::<S>(is_even, cos, sin);
    select::<S>(x == 0.0, x, value)
}

/// `(asin(a) - a) / a` for `a = sqrt(square) <= 0.5`.
#[inline(always)]
fn asin_series<S: Isa>(square: f32) -> f32 {
    let p = S::mul_add(square, 0.042_158_306, 0.024_184_778);
    let p = S::mul_add(square, p, 0.045_469_15);
    let p = S::mul_add(square, p, 0.074_953_094);
    S::mul_add(square, p, 0.166_667_52) * square
}

/// Inverse sine; NaN beyond ±1.
///
/// # Numerics
/// At most 2.5 ULP, also near 0 and ±1. Above 1/2 it is `pi / 2 - 2 asin(sqrt((1 - x) / 2))`.
#[inline(always)]
pub fn asin<S: Isa>(x: f32) -> f32 {
    let magnitude = x.abs();
    let is_large = magnitude > 0.5;
    let square = select::<S>(is_large, S::mul_add(magnitude, -0.5, 0.5), magnitude * magnitude);
    let a = select::<S>(is_large, square.sqrt(), magnitude);
    let value = S::mul_add(a, asin_series::<S>(square), a);
    let large = FRAC_PI_2 - ((value + value) - FRAC_PI_2_LOW);
    select::<S>(is_large, large, value).copysign(x)
}

/// Inverse cosine; NaN beyond ±1.
///
/// # Numerics
/// At most 1.5 ULP, also near ±1.
#[inline(always)]
pub fn acos<S: Isa>(x: f32) -> f32 {
    let magnitude = x.abs();
    let is_large = magnitude > 0.5;
    let square = select::<S>(is_large, S::mul_add(magnitude, -0.5, 0.5), magnitude * magnitude);
    let a = select::<S>(is_large, square.sqrt(), magnitude);
    let value = S::mul_add(a, asin_series::<S>(square), a);
    let small = FRAC_PI_2 - (value.copysign(x) - FRAC_PI_2_LOW);
    let twice = value + value;
    let large = select::<S>(x < 0.0, PI - (twice - PI_LOW), twice);
    select::<S>(is_large, large, small)
}

/// The angle of the vector `(x, y)` in the first quadrant, `x, y >= 0`, not both 0 or infinite, as the sum of a multiple of `pi / 4`,
/// numbered 0 to 2, and a rest.
#[inline(always)]
fn angle<S: Isa>(y: f32, x: f32) -> (bool, bool, f32) {
    // tan(pi / 8) and tan(3 pi / 8): what is left of the angle lies within ±pi / 8.
    let above_first = y > 0.414_213_57 * x;
    let above_second = y > 2.414_213_6 * x;
    let numerator = select::<S>(above_second, -x, select::<S>(above_first, y - x, y));
    let denominator = select::<S>(above_second, y, select::<S>(above_first, y + x, x));
    let t = numerator / denominator;
    let s = t * t;
    let p = S::mul_add(s, -0.060_901_336, 0.105_991_91);
    let p = S::mul_add(s, p, -0.142_443_93);
    let p = S::mul_add(s, p, 0.199_985_28);
    let p = S::mul_add(s, p, -0.333_333_16);
    (above_first, above_second, S::mul_add(t * s, p, t))
}

/// One of three numbers by the results of [`angle`].
#[inline(always)]
fn choose<S: Isa>(above_first: bool, above_second: bool, values: [f32; 3]) -> f32 {
    select::<S>(above_second, values[2], select::<S>(above_first, values[1], values[0]))
}

/// Inverse tangent.
///
/// # Numerics
/// At most 2.0 ULP, also near 0.
#[inline(always)]
pub fn atan<S: Isa>(x: f32) -> f32 {
    let magnitude = x.abs();
    let (first, second, rest) = angle::<S>(magnitude, 1.0);
    let base = choose::<S>(first, second, [0.0, FRAC_PI_4, FRAC_PI_2]);
    let low = choose::<S>(first, second, [0.0, FRAC_PI_4_LOW, FRAC_PI_2_LOW]);
    (base + (rest + low)).copysign(x)
}

/// The angle of the vector `(x, y)`, from -pi to pi, with IEEE 754's values at zeros and infinities.
///
/// # Numerics
/// At most 2.0 ULP where the result is a normal number.
#[inline(always)]
pub fn atan2<S: Isa>(y: f32, x: f32) -> f32 {
    let (a, b) = (y.abs(), x.abs());
    // Beside a vanishing or an infinite vector stands one of the same direction; the sum of two large numbers would
    // overflow, and a quarter of a small one lose digits.
    let both_infinite = (a == f32::INFINITY) & (b == f32::INFINITY);
    let (a, b) = (select::<S>(both_infinite, 1.0, a), select::<S>(both_infinite, 1.0, b));
    let both_zero = (a == 0.0) & (b == 0.0);
    let b = select::<S>(both_zero, 1.0, b);
    let scale = select::<S>((a > 1.0) | (b > 1.0), 0.25, 1.0);
    let (first, second, rest) = angle::<S>(a * scale, b * scale);
    let is_left = x.to_bits() >> 31 == 1;
    let base = select::<S>(
        is_left,
        choose::<S>(first, second, [PI, FRAC_3_PI_4, FRAC_PI_2]),
        choose::<S>(first, second, [0.0, FRAC_PI_4, FRAC_PI_2]),
    );
    let low = select::<S>(
        is_left,
        choose::<S>(first, second, [PI_LOW, FRAC_3_PI_4_LOW, FRAC_PI_2_LOW]),
        choose::<S>(first, second, [0.0, FRAC_PI_4_LOW, FRAC_PI_2_LOW]),
    );
    let value = (base + (select::<S>(is_left, -rest, rest) + low)).copysign(y);
    select::<S>(x.is_nan() | y.is_nan(), f32::NAN, value)
}
