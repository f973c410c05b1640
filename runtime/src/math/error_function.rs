//! The error function and its complement.

use super::exponential::{exp, nearest_integer, power_of_two};
use super::helpers::{product, select};
use crate::isa::Isa;

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
    let (n, exponent) = nearest_integer(-y);
    let r = -y - n;
    let erfc = S::mul_add(r, 0.001_341_362_1, 0.009_671_657);
    let erfc = S::mul_add(r, erfc, 0.055_502_817);
    let erfc = S::mul_add(r, erfc, 0.240_222_4);
    let erfc = S::mul_add(r, erfc, 0.693_147_24);
    let erfc = S::mul_add(r, erfc, 1.0) * power_of_two(exponent);
    let large = (1.0 - erfc).copysign(x);
    select::<S>(magnitude < 1.0, small, large)
}

/// Complement of the error function, `1 - erf(x)` without its cancellation.
///
/// # Numerics
/// At most 4.5 ULP, denormal results included; 0 from 10.1 on. `e^(-x^2) p((x - 2) / (x + 2)) / (1 + 2 x)` for
/// `x >= 0`, where what rounding takes from the square is put back, and `2 - erfc(-x)` below.
#[inline(always)]
pub fn erfc<S: Isa>(x: f32) -> f32 {
    let magnitude = x.abs();
    let a = select::<S>(magnitude > 10.5, 10.5, magnitude);
    let t = (a - 2.0) / (a + 2.0);
    let p = S::mul_add(t, -0.000_404_749_1, -0.001_238_316_1);
    let p = S::mul_add(t, p, 0.001_314_049_7);
    let p = S::mul_add(t, p, 0.008_640_462_5);
    let p = S::mul_add(t, p, -0.008_057_903);
    let p = S::mul_add(t, p, -0.054_207_508);
    let p = S::mul_add(t, p, 0.164_054_59);
    let p = S::mul_add(t, p, -0.166_030_96);
    let p = S::mul_add(t, p, -0.092_763_916);
    let p = S::mul_add(t, p, 1.276_978_4);
    let (square, error) = product::<S>(a, a);
    let scale = p / S::mul_add(a, 2.0, 1.0);
    let value = S::mul_add(-error, scale, scale) * exp::<S>(-square);
    select::<S>(x < 0.0, 2.0 - value, value)
}
