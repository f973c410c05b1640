//! Powers and the length of a vector.

use super::exponential::{exp2_reduced, nearest_integer};
use super::helpers::{product, select};
use super::rounding::{floor, round};
use crate::isa::Isa;

/// `x^N` by repeated squaring.
///
/// # Numerics
/// Exact for 0 and 1, correctly rounded for 2 and -1. Each product rounds: at most `0.75 |N|` ULP, unless `x^|N|` is
/// denormal or overflows.
#[inline(always)]
pub fn powi<S: Isa, const N: i32>(x: f32) -> f32 {
    let (mut power, mut square, mut rest) = (1.0, x, N.unsigned_abs());
    // Unrolled, since `N` is a constant.
    while rest > 0 {
        if rest & 1 == 1 {
            power *= square;
        }
        square *= square;
        rest >>= 1;
    }
    if N < 0 { 1.0 / power } else { power }
}

/// `log2(x)` for `x > 0` as a sum whose error is some `2^-32` of it.
///
/// `x = 2^exponent m` with `sqrt(1/2) <= m < sqrt(2)`, and `c` is the nearest of 1 and `2^±0.34`. Then, with
/// `s = (m - c) / (m + c)`, `log2(m) = log2(c) + 2 / ln 2 (s + s^3 / 3 + …)`: the first terms in two parts, the others,
/// a five-hundredth of them, in one.
#[inline(always)]
fn log2_parts<S: Isa>(x: f32) -> (f32, f32) {
    /// Bits of `sqrt(1/2)`.
    const SMALLEST: u32 = 0x3f35_04f3;
    /// `2 / ln 2` in two parts.
    const FACTOR: f32 = 2.885_39;
    const FACTOR_LOW: f32 = 3.851_926e-8;
    /// `2^-SHIFT` and `2^SHIFT`, rounded, and what their logarithms are beside -`SHIFT` and `SHIFT`.
    const SHIFT: f32 = 0.343_75;
    const BELOW: f32 = 0.787_990_45;
    const BELOW_LOW: f32 = 5.182_254e-8;
    const ABOVE: f32 = 1.269_051;
    const ABOVE_LOW: f32 = -1.613_540_5e-9;
    let denormal = x < f32::MIN_POSITIVE;
    let bits = select::<S>(denormal, x * 8_388_608.0, x).to_bits().wrapping_sub(SMALLEST);
    let exponent = ((bits as i32) >> 23) as f32 + select::<S>(denormal, -23.0, 0.0);
    let m = f32::from_bits((bits & 0x007f_ffff).wrapping_add(SMALLEST));
    let (is_below, is_above) = (m < 0.887_7, m > 1.126_5);
    let c = select::<S>(is_below, BELOW, select::<S>(is_above, ABOVE, 1.0));
    let c_low = select::<S>(is_below, BELOW_LOW, select::<S>(is_above, ABOVE_LOW, 0.0));
    let shift = select::<S>(is_below, -SHIFT, select::<S>(is_above, SHIFT, 0.0));
    let (f, sum) = (m - c, m + c);
    let sum_low = m - (sum - c);
    let reciprocal = 1.0 / sum;
    let s = f * reciprocal;
    let (back, error) = product::<S>(s, sum);
    let s_low = (((f - back) - error) - s * sum_low) * reciprocal;
    let z = s * s;
    let p = S::mul_add(z, 0.579_130_4, 0.961_794_44);
    let (first, error) = product::<S>(s, FACTOR);
    let low = S::mul_add(s * z, p, S::mul_add(s, FACTOR_LOW, S::mul_add(s_low, FACTOR, error)));
    let base = exponent + shift;
    let whole = base + first;
    let low = ((first - (whole - base)) + low) + c_low;
    let high = whole + low;
    (high, low - (high - whole))
}

/// `x^y`, with the limits of IEEE 754: NaN for negative `x` unless `y` is whole, 1 for `y = 0` and for `x = 1` whatever
/// the other is.
///
/// # Numerics
/// At most 1.5 ULP, denormal results included. Overflow gives infinity, underflow 0.
#[inline(always)]
pub fn pow<S: Isa>(x: f32, y: f32) -> f32 {
    /// Results beyond `2^±LIMIT` are infinite or 0.
    const LIMIT: f32 = 160.0;
    let magnitude = x.abs();
    let (high, low) = log2_parts::<S>(magnitude);
    let high = select::<S>(magnitude == 0.0, f32::NEG_INFINITY, high);
    let high = select::<S>(magnitude == f32::INFINITY, magnitude, high);
    let (t, error) = product::<S>(y, high);
    // Where `t` is so large the parts of the product may be infinite.
    let t_low = select::<S>(t.abs() < LIMIT, S::mul_add(y, low, error), 0.0);
    let t = select::<S>(t > LIMIT, LIMIT, t);
    let t = select::<S>(t < -LIMIT, -LIMIT, t);
    let (n, exponent) = nearest_integer(t);
    let value = exp2_reduced::<S>(exponent, (t - n) + t_low);
    // 1 to an infinite power.
    let value = select::<S>(magnitude == 1.0, 1.0, value);

    let is_whole = round::<S>(y) == y;
    let half = 0.5 * y;
    let is_odd = is_whole & (floor::<S>(half) != half);
    let is_negative = x.to_bits() >> 31 == 1;
    let value = select::<S>(is_odd & is_negative, -value, value);
    let value = select::<S>((x < 0.0) & !is_whole & (magnitude < f32::INFINITY), f32::NAN, value);
    let value = select::<S>(x.is_nan() | y.is_nan(), f32::NAN, value);
    select::<S>((x == 1.0) | (y == 0.0), 1.0, value)
}

/// `sqrt(x^2 + y^2)`; infinite if either is, even beside NaN.
///
/// # Numerics
/// At most 1.3 ULP; nothing overflows or underflows on the way.
#[inline(always)]
pub fn hypot<S: Isa>(x: f32, y: f32) -> f32 {
    const TINY: f32 = 1.0 / 1_125_899_906_842_624.0;
    /// `2^100` and its inverse: what lies beyond `2^±50` is brought near 1.
    const SCALE: f32 = 1_267_650_600_228_229_401_496_703_205_376.0;
    let (x, y) = (x.abs(), y.abs());
    let larger = select::<S>(x > y, x, y);
    let (is_small, is_large) = (larger < TINY, larger > 1.0 / TINY);
    let scale = select::<S>(is_small, SCALE, select::<S>(is_large, 1.0 / SCALE, 1.0));
    let back = select::<S>(is_small, 1.0 / SCALE, select::<S>(is_large, SCALE, 1.0));
    let (u, v) = (x * scale, y * scale);
    let value = S::mul_add(u, u, v * v).sqrt() * back;
    select::<S>((x == f32::INFINITY) | (y == f32::INFINITY), f32::INFINITY, value)
}
