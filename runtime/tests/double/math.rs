//! Elementary functions against sums of two `f64`, on every instruction set; those of `libm` against the system's.

use super::exact::{Exact, LN_2};
use super::on_each_isa;
use macrograd_runtime::double::math;
use macrograd_runtime::isa::{Isa, Loop, dispatch};
use macrograd_runtime::random::Philox;

/// Declares the functions: the one under test, the exact one, and the bound stated in the documentation, in ULP.
macro_rules! functions {
    ($($name:ident in $low:literal..$high:literal: $exact:expr, $ulp:expr;)*) => {
        #[allow(non_camel_case_types, reason = "named like the functions")]
        #[derive(Clone, Copy, Debug)]
        enum Function { $($name),* }

        struct Apply<'a>(Function, &'a mut [f64]);

        impl Loop for Apply<'_> {
            type Output = ();
            #[inline(always)]
            fn run<S: Isa>(self) {
                match self.0 {
                    $(Function::$name => self.1.iter_mut().for_each(|x| *x = math::$name::<S>(*x)),)*
                }
            }
        }

        /// Function, interval, exact function, bound.
        #[allow(clippy::type_complexity, reason = "a table")]
        const FUNCTIONS: &[(Function, [f64; 2], fn(Exact) -> Exact, f64)] =
            &[$((Function::$name, [$low, $high], $exact, $ulp)),*];
    };
}

fn one() -> Exact {
    1.0.into()
}

functions! {
    exp in -745.0..709.7: Exact::exp, 1.0;
    exp2 in -1074.0..1023.9: |x| (x * LN_2).exp(), 1.1;
    exp_m1 in -40.0..709.7: Exact::exp_m1, 1.7;
    ln in 0.0..1e3: Exact::ln, 1.0;
    log2 in 0.0..1e3: |x| x.ln() / LN_2, 2.0;
    ln_1p in -1.0..1e3: Exact::ln_1p, 2.0;
    sigmoid in -700.0..40.0: |x| one() / (one() + (-x).exp()), 2.5;
    softplus in -700.0..700.0: |x| {
        let rest = (if x.high > 0.0 { -x } else { x }).exp().ln_1p();
        if x.high > 0.0 { x + rest } else { rest }
    }, 2.5;
    tanh in -20.0..20.0: |x| {
        let e = (x + x).exp_m1();
        e / (e + 2.0.into())
    }, 2.5;
    erf in -6.5..6.5: Exact::erf, 1.5;
    sinh in -700.0..700.0: |x| {
        let e = x.exp_m1();
        (e + e / (e + one())) * 0.5.into()
    }, 2.2;
    cosh in -700.0..700.0: |x| (x.exp() + (-x).exp()) * 0.5.into(), 1.6;
    asinh in -1e3..1e3: |x| {
        let (sign, x) = if x.high < 0.0 { (-1.0, -x) } else { (1.0, x) };
        let square = x * x;
        (x + square / (one() + (one() + square).sqrt())).ln_1p() * sign.into()
    }, 2.5;
    acosh in 1.0..1e3: |x| {
        let t = x - one();
        (t + (t * t + t + t).sqrt()).ln_1p()
    }, 2.5;
    atanh in -1.0..1.0: |x| ((x + x) / (one() - x)).ln_1p() * 0.5.into(), 2.5;
}

/// Distance in units of the last place of the exact result, whose place is that of the smallest normal at least.
fn ulp(found: f64, exact: Exact) -> f64 {
    let binade =
        f64::from_bits(exact.high.abs().clamp(f64::MIN_POSITIVE, f64::MAX).to_bits() & 0x7ff0_0000_0000_0000);
    ((found - exact.high) - exact.low).abs() / (binade * f64::EPSILON)
}

/// Numbers over an interval, and others whose magnitudes go down to the smallest around 0 and around 1.
fn inputs(low: f64, high: f64) -> Vec<f64> {
    let mut random = Philox::new(7, 0);
    let mut uniform = || f64::from(random.next_u32()) / 4_294_967_296.0;
    let mut inputs = Vec::new();
    for _ in 0..4_000 {
        let (u, v) = (uniform(), uniform());
        inputs.push(low + (high - low) * (u + v / 4_294_967_296.0));
        let small = (1.0 + u) * 2.0_f64.powi(-(v * 60.0) as i32 - 1);
        inputs.extend([small, -small, 1.0 + small, 1.0 - small]);
    }
    inputs.retain(|x| (low..high).contains(x));
    inputs
}

#[test]
fn errors_stay_below_their_bounds() {
    on_each_isa(|level| {
        for &(function, [low, high], exact, bound) in FUNCTIONS {
            let inputs = inputs(low, high);
            let mut outputs = inputs.clone();
            dispatch(Apply(function, &mut outputs));
            let mut worst = (0.0, 0.0);
            for (&x, &found) in inputs.iter().zip(&outputs) {
                let error = ulp(found, exact(x.into()));
                if error.is_nan() || error > worst.0 {
                    worst = (error, x);
                }
            }
            assert!(worst.0 <= bound, "{level:?}: {function:?}({:e}) is off by {} ULP", worst.1, worst.0);
        }
    });
}

#[test]
fn limits_are_those_of_f32() {
    let apply = |function, x: f64| {
        let mut values = [x];
        dispatch(Apply(function, &mut values));
        values[0]
    };
    let infinity = f64::INFINITY;
    on_each_isa(|level| {
        for (function, x, expected) in [
            (Function::exp, 710.0, infinity),
            (Function::exp, infinity, infinity),
            (Function::exp, -746.0, 0.0),
            (Function::exp, -infinity, 0.0),
            (Function::exp, -745.0, 5e-324),
            (Function::exp2, 1024.0, infinity),
            (Function::exp2, -1074.0, 5e-324),
            (Function::exp2, 10.0, 1024.0),
            (Function::exp_m1, infinity, infinity),
            (Function::exp_m1, -infinity, -1.0),
            (Function::ln, 0.0, -infinity),
            (Function::ln, 1.0, 0.0),
            (Function::ln, infinity, infinity),
            (Function::ln, 5e-324, -744.440_071_921_381_2),
            (Function::log2, 0.125, -3.0),
            (Function::ln_1p, -1.0, -infinity),
            (Function::tanh, 40.0, 1.0),
            (Function::erf, f64::INFINITY, 1.0),
            (Function::erf, -30.0, -1.0),
            (Function::tanh, -infinity, -1.0),
            (Function::sinh, infinity, infinity),
            (Function::cosh, -infinity, infinity),
            (Function::atanh, 1.0, infinity),
            (Function::sigmoid, infinity, 1.0),
            (Function::softplus, -infinity, 0.0),
        ] {
            assert_eq!(apply(function, x), expected, "{level:?}: {function:?}({x})");
        }
        for &(function, ..) in FUNCTIONS {
            assert!(apply(function, f64::NAN).is_nan(), "{level:?}: {function:?} of NaN");
        }
        for function in [Function::ln, Function::log2, Function::ln_1p] {
            assert!(apply(function, -2.0).is_nan(), "{level:?}: {function:?} of a negative number");
        }
    });
}

#[test]
fn rounding_and_remainders_are_exact() {
    use macrograd_runtime::isa::Portable;
    for x in inputs(-1e6, 1e6).into_iter().chain([2.5, -2.5, 0.5, -0.5, 4.5e15, -4.5e15, 1e300]) {
        assert_eq!(math::floor::<Portable>(x), x.floor(), "floor({x})");
        assert_eq!(math::ceil::<Portable>(x), x.ceil(), "ceil({x})");
        assert_eq!(math::round::<Portable>(x), x.round_ties_even(), "round({x})");
        assert_eq!(math::trunc::<Portable>(x), x.trunc(), "trunc({x})");
        if x.abs() < 1e15 {
            assert_eq!(math::fmod::<Portable>(x, 0.7), x % 0.7, "fmod({x}, 0.7)");
        }
    }
    for scale in [1e300, 1.0, 1e-300] {
        let found = math::hypot::<Portable>(3.0 * scale, 4.0 * scale);
        assert!((found - 5.0 * scale).abs() <= 5.0 * scale * f64::EPSILON, "hypot at {scale}: {found}");
    }
}

#[test]
fn the_other_functions_agree_with_the_system() {
    use macrograd_runtime::isa::Portable;
    let close = |name: &str, x: f64, found: f64, expected: f64| {
        let distance = (found - expected).abs();
        assert!(
            distance <= 4.0 * f64::EPSILON * expected.abs(),
            "{name}({x}): {found}, the system has {expected}"
        );
    };
    for x in inputs(-30.0, 30.0) {
        close("sin", x, math::sin::<Portable>(x), x.sin());
        close("cos", x, math::cos::<Portable>(x), x.cos());
        close("tan", x, math::tan::<Portable>(x), x.tan());
        close("atan", x, math::atan::<Portable>(x), x.atan());
        close("atan2", x, math::atan2::<Portable>(x, -0.3), x.atan2(-0.3));
        close("pow", x, math::pow::<Portable>(x.abs(), 1.7), x.abs().powf(1.7));
        if x.abs() < 1.0 {
            close("asin", x, math::asin::<Portable>(x), x.asin());
            close("acos", x, math::acos::<Portable>(x), x.acos());
        }
    }
    // From tables of 20 digits.
    close("erfc", 3.0, math::erfc::<Portable>(3.0), 2.209_049_699_858_544e-5);
}
