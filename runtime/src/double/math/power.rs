//! Powers with whole exponents and the length of a vector.

use super::helpers::select;
use crate::isa::Isa;

/// `x^N` by repeated squaring.
///
/// # Numerics
/// Exact for 0 and 1, correctly rounded for 2 and -1. Each product rounds: at most `0.75 |N|` ULP, unless `x^|N|` is
/// denormal or overflows.
#[inline(always)]
pub fn powi<S: Isa, const N: i32>(x: f64) -> f64 {
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

/// `sqrt(x^2 + y^2)`; infinite if either is, even beside NaN.
///
/// # Numerics
/// At most 1.3 ULP; nothing overflows or underflows on the way.
#[inline(always)]
pub fn hypot<S: Isa>(x: f64, y: f64) -> f64 {
    /// `2^-400`: the squares of smaller numbers may be denormal.
    const TINY: f64 = f64::from_bits((1023 - 400) << 52);
    /// `2^700` and its inverse: what lies beyond `2^±400` is brought nearer to 1.
    const SCALE: f64 = f64::from_bits((1023 + 700) << 52);
    let (x, y) = (x.abs(), y.abs());
    let larger = select::<S>(x > y, x, y);
    let (is_small, is_large) = (larger < TINY, larger > 1.0 / TINY);
    let scale = select::<S>(is_small, SCALE, select::<S>(is_large, 1.0 / SCALE, 1.0));
    let back = select::<S>(is_small, 1.0 / SCALE, select::<S>(is_large, SCALE, 1.0));
    let (u, v) = (x * scale, y * scale);
    let value = S::mul_add(u, u, v * v).sqrt() * back;
    select::<S>((x == f64::INFINITY) | (y == f64::INFINITY), f64::INFINITY, value)
}
