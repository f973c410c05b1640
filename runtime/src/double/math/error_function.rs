//! The error function.

use super::exponential::exp;
use super::helpers::select;
use crate::isa::Isa;

/// Error function.
///
/// # Numerics
/// At most 1.5 ULP, also near 0. Below `|x| = 1` an odd polynomial, above it `1 - e^(-x^2) q((x - 2) / (x + 2)) / (1 + 2 x)`
/// with a polynomial `q`; both by interpolation at the nodes of Chebyshev, to `2^-53` of what they stand for.
#[inline(always)]
pub fn erf<S: Isa>(x: f64) -> f64 {
    let s = x * x;
    let p = S::mul_add(s, 5.957_176_147_748_911e-11, -1.137_284_885_679_167_4e-9);
    let p = S::mul_add(s, p, 1.465_977_527_404_743_6e-8);
    let p = S::mul_add(s, p, -1.635_031_270_105_469_5e-7);
    let p = S::mul_add(s, p, 1.646_100_048_412_136_8e-6);
    let p = S::mul_add(s, p, -1.492_559_526_683_118_2e-5);
    let p = S::mul_add(s, p, 0.000_120_553_311_116_427_1);
    let p = S::mul_add(s, p, -0.000_854_832_698_083_379);
    let p = S::mul_add(s, p, 0.005_223_977_624_818_014_5);
    let p = S::mul_add(s, p, -0.026_866_170_645_076_792);
    let p = S::mul_add(s, p, 0.112_837_916_709_548_79);
    let p = S::mul_add(s, p, -0.376_126_389_031_837_5);
    let p = S::mul_add(s, p, 0.128_379_167_095_512_6);
    let small = S::mul_add(x, p, x);

    let magnitude = x.abs();
    // From 5.93 on the result rounds to 1.
    let a = select::<S>(magnitude > 6.0, 6.0, magnitude);
    let t = (a - 2.0) / (a + 2.0);
    let q = S::mul_add(t, 4.567_818_384_699_565e-6, 4.780_167_970_665_935e-6);
    let q = S::mul_add(t, q, -1.337_784_361_030_106_6e-5);
    let q = S::mul_add(t, q, -3.673_968_558_962_161_6e-5);
    let q = S::mul_add(t, q, -1.505_445_743_805_316_2e-6);
    let q = S::mul_add(t, q, 0.000_151_087_261_205_112_9);
    let q = S::mul_add(t, q, 0.000_206_364_263_683_479_52);
    let q = S::mul_add(t, q, -0.000_454_344_938_688_785_26);
    let q = S::mul_add(t, q, -0.001_456_813_642_551_745_7);
    let q = S::mul_add(t, q, 0.001_271_339_165_754_213);
    let q = S::mul_add(t, q, 0.008_722_653_862_273_692);
    let q = S::mul_add(t, q, -0.008_034_015_087_659_687);
    let q = S::mul_add(t, q, -0.054_220_000_991_780_36);
    let q = S::mul_add(t, q, 0.164_051_280_033_505_03);
    let q = S::mul_add(t, q, -0.166_030_397_615_291_06);
    let q = S::mul_add(t, q, -0.092_763_826_585_746_24);
    let q = S::mul_add(t, q, 1.276_978_381_552_528_6);
    let erfc = q / S::mul_add(a, 2.0, 1.0) * exp::<S>(-(a * a));
    select::<S>(magnitude < 1.0, small, (1.0 - erfc).copysign(x))
}
