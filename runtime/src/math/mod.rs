//! Elementary functions that vectorise, one family per file, and helpers with defined NaN behaviour.
//!
//! Every function is a straight line of additions, multiplications, bit operations and selections, so LLVM turns a
//! loop over it into full-width vector code inside [`dispatch`](crate::isa::dispatch). NaN in gives NaN out, but for
//! `pow(1, NaN)`, `pow(NaN, 0)` and `hypot(inf, NaN)`.
//!
//! Errors are bounds, in ULP of the exact result, over all inputs and instruction sets. The polynomials are minimax
//! fits whose coefficients are rounded to `f32` from the lowest order up, the others being refitted each time.
//!
//! Results may differ in the last bits between instruction sets, since some fuse multiplication and addition.

mod error_function;
mod exponential;
mod hyperbolic;
mod logarithm;
mod power;
mod rounding;
mod trigonometric;

use crate::isa::Isa;

pub use error_function::{erf, erfc};
pub use exponential::{exp, exp_m1, exp2, sigmoid, softplus};
pub use hyperbolic::{acosh, asinh, atanh, cosh, sinh, tanh};
pub use logarithm::{ln, ln_1p, log2};
pub use power::{hypot, pow, powi};
pub use rounding::{ceil, floor, fmod, round, trunc};
pub use trigonometric::{acos, asin, atan, atan2, cos, sin, tan};

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

/// `x / (1 + |x|)`: at most 1.5 ULP; NaN at the infinities, as in PyTorch.
#[inline(always)]
pub fn softsign<S: Isa>(x: f32) -> f32 {
    x / (1.0 + x.abs())
}

/// `a * b` as the rounded product and what rounding took from it, exactly, unless something overflows or underflows.
#[inline(always)]
fn product<S: Isa>(a: f32, b: f32) -> (f32, f32) {
    let rounded = a * b;
    let error = if S::FUSED {
        S::mul_add(a, b, -rounded)
    } else {
        let ([a_high, a_low], [b_high, b_low]) = (split(a), split(b));
        ((a_high * b_high - rounded) + a_high * b_low + a_low * b_high) + a_low * b_low
    };
    (rounded, error)
}

/// A number as the sum of two with 12 bits each, whose products are exact.
///
/// # Source
/// Dekker, "A floating-point technique for extending the available precision", 1971.
#[inline(always)]
fn split(x: f32) -> [f32; 2] {
    let scaled = 4097.0 * x;
    let high = scaled - (scaled - x);
    [high, x - high]
}
