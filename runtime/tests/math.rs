//! Elementary functions against `f64`, on every instruction set of this machine.

mod common;

use common::{levels, ulp};
use macrograd_runtime::isa::{Isa, Loop, dispatch, force_isa};

/// Declares the functions: the one under test, the exact one in `f64`, and the bounds stated in the documentation of
/// `math`, in ULP and absolute.
macro_rules! functions {
    ($($name:ident: $exact:expr, $ulp:expr, $absolute:expr;)*) => {
        #[allow(non_camel_case_types, reason = "named like the functions")]
        #[derive(Clone, Copy, PartialEq)]
        enum Function { $($name),* }

        impl Loop for Apply<'_> {
            type Output = ();
            #[inline(always)]
            fn run<S: Isa>(self) {
                match self.function {
                    $(Function::$name => self.values.iter_mut().for_each(|x| *x = math::$name::<S>(*x)),)*
                }
            }
        }

        fn exact(function: Function, x: f64) -> f64 {
            match function { $(Function::$name => { let exact: fn(f64) -> f64 = $exact; exact(x) })* }
        }

        const BOUNDS: &[(Function, &str, f64, f64)] =
            &[$((Function::$name, stringify!($name), $ulp, $absolute)),*];
    };
}

functions! {
    exp: f64::exp, 1.0, f64::INFINITY;
    exp2: f64::exp2, 1.0, f64::INFINITY;
    exp_m1: f64::exp_m1, 1.5, f64::INFINITY;
    ln: f64::ln, 0.85, f64::INFINITY;
    ln_1p: f64::ln_1p, 2.0, f64::INFINITY;
    log2: f64::log2, 1.8, f64::INFINITY;
    tanh: f64::tanh, 2.5, 9e-8;
    sinh: f64::sinh, 2.0, f64::INFINITY;
    cosh: f64::cosh, 1.6, f64::INFINITY;
    asinh: asinh_ref, 2.5, f64::INFINITY;
    acosh: f64::acosh, 2.5, f64::INFINITY;
    atanh: f64::atanh, 2.5, f64::INFINITY;
    sigmoid: |x| 1.0 / (1.0 + (-x).exp()), 2.5, 9e-8;
    softplus: |x| if x.is_nan() { x } else { x.max(0.0) + (-x.abs()).exp().ln_1p() }, 2.5, f64::INFINITY;
    softsign: |x| x / (1.0 + x.abs()), 1.5, 9e-8;
    erf: erf_ref, 1.3, 8e-8;
    erfc: erfc_ref, 4.5, 3.5e-7;
    sin: f64::sin, 1.6, 1e-7;
    cos: f64::cos, 1.6, 1e-7;
    tan: f64::tan, 3.0, f64::INFINITY;
    asin: f64::asin, 2.5, 2e-7;
    acos: f64::acos, 1.5, 3e-7;
    atan: f64::atan, 2.0, 2e-7;
    floor: f64::floor, 0.0, 0.0;
    ceil: f64::ceil, 0.0, 0.0;
    round: f64::round_ties_even, 0.0, 0.0;
    trunc: f64::trunc, 0.0, 0.0;
    square: |x| x * x, 0.5, f64::INFINITY;
    cube: |x| x * x * x, 1.5, f64::INFINITY;
    inverse_square: |x| 1.0 / (x * x), 2.0, f64::INFINITY;
}

/// Powers are generic over the exponent; these names stand for three of them.
mod math {
    use macrograd_runtime::isa::Isa;
    pub use macrograd_runtime::math::*;

    #[inline(always)]
    pub fn square<S: Isa>(x: f32) -> f32 {
        powi::<S, 2>(x)
    }

    #[inline(always)]
    pub fn cube<S: Isa>(x: f32) -> f32 {
        powi::<S, 3>(x)
    }

    #[inline(always)]
    pub fn inverse_square<S: Isa>(x: f32) -> f32 {
        powi::<S, -2>(x)
    }
}

/// Applies a function to a slice, compiled for one instruction set as generated code is.
struct Apply<'a> {
    function: Function,
    values: &'a mut [f32],
}

fn apply(function: Function, x: f32) -> f32 {
    let mut values = [x];
    dispatch(Apply { function, values: &mut values });
    values[0]
}

/// Without the cancellation of `f64::asinh` for negative arguments.
fn asinh_ref(x: f64) -> f64 {
    x.abs().asinh().copysign(x)
}

/// `1 - erf(x)`, where that does not cancel, and a continued fraction elsewhere (Abramowitz and Stegun, 7.1.14).
fn erfc_ref(x: f64) -> f64 {
    if x.is_nan() || x < 2.0 {
        return 1.0 - erf_ref(x);
    }
    if x > 20.0 {
        return 0.0;
    }
    let fraction = (1..=200).rev().fold(0.0, |fraction, k| f64::from(k) / 2.0 / (x + fraction));
    (-x * x).exp() / ((x + fraction) * std::f64::consts::PI.sqrt())
}

/// `erf(x) = 2 / sqrt(pi) * e^(-x^2) * sum of 2^n x^(2n+1) / (2n+1)!!`: all terms have one sign, so nothing cancels.
fn erf_ref(x: f64) -> f64 {
    if x.is_nan() || x.abs() > 6.0 {
        return if x.is_nan() { x } else { x.signum() };
    }
    let (mut term, mut sum, mut n) = (x, x, 0.0);
    while term.abs() > sum.abs() * 1e-17 {
        n += 1.0;
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
    }
    sum * (-x * x).exp() * std::f64::consts::FRAC_2_SQRT_PI
}

/// Distance between the bit patterns that the sweep visits; a prime, so that low bits vary. 1 visits every `f32`.
const SWEEP_STRIDE: usize = 10_007;

/// Largest error in ULP and largest absolute error over a sweep of all exponents and signs.
fn sweep(function: Function) -> (f64, f64) {
    let (mut worst, mut worst_absolute) = (0.0, 0.0);
    let mut patterns = (0..=u32::MAX).step_by(SWEEP_STRIDE);
    loop {
        let inputs: Vec<f32> = patterns.by_ref().take(4096).map(f32::from_bits).collect();
        if inputs.is_empty() {
            return (worst, worst_absolute);
        }
        let mut outputs = inputs.clone();
        dispatch(Apply { function, values: &mut outputs });
        for (&x, &found) in inputs.iter().zip(&outputs) {
            let exact = exact(function, f64::from(x));
            if exact.is_nan() {
                assert!(found.is_nan(), "{x:e} gives {found:e}, not NaN");
                continue;
            }
            if exact.is_infinite() {
                assert_eq!(f64::from(found), exact, "of {x:e}");
                continue;
            }
            if exact.abs() as f32 == f32::INFINITY {
                assert_eq!(found, f32::INFINITY.copysign(exact as f32), "of {x:e}");
                continue;
            }
            assert!(!found.is_nan(), "{x:e} gives NaN, not {exact:e}");
            // The reduction of large angles is inexact, as documented.
            if matches!(function, Function::sin | Function::cos | Function::tan) && x.abs() > 6.5e6 {
                assert!(function == Function::tan || found.abs() <= 1.0, "of {x:e}: {found:e}");
                continue;
            }
            // So is the inverse of a denormal square.
            if function == Function::inverse_square && exact * f64::from(f32::MIN_POSITIVE) > 1.0 {
                continue;
            }
            if matches!(function, Function::sigmoid | Function::inverse_square)
                && exact < f64::from(f32::MIN_POSITIVE)
            {
                assert!((0.0..=f32::MIN_POSITIVE).contains(&found), "{x:e} gives {found:e}, not {exact:e}");
                continue;
            }
            let error = ulp(found, exact);
            worst = f64::max(worst, error);
            worst_absolute = f64::max(worst_absolute, (f64::from(found) - exact).abs());
        }
    }
}

/// One test, since the instruction set is a setting of the process.
#[test]
fn errors_and_limits_are_as_documented() {
    for level in levels() {
        force_isa(level);
        check_limits();
        for &(function, name, bound, absolute_bound) in BOUNDS {
            let (error, absolute) = sweep(function);
            println!("{level:?} {name}: {error:.3} ULP, absolute {absolute:e}");
            assert!(error <= bound, "{level:?}: {name} is wrong by {error} ULP, more than {bound}");
            assert!(absolute <= absolute_bound, "{level:?}: {name} is wrong by {absolute:e}");
        }
    }
}

fn check_limits() {
    let infinity = f32::INFINITY;
    let smallest = f32::from_bits(1);
    let cases = [
        (Function::exp, 0.0, 1.0),
        (Function::exp, -0.0, 1.0),
        (Function::exp, infinity, infinity),
        (Function::exp, -infinity, 0.0),
        (Function::exp, f32::MAX, infinity),
        (Function::exp, 88.722_84, infinity),
        (Function::exp, -104.0, 0.0),
        (Function::exp, smallest, 1.0),
        (Function::ln, 1.0, 0.0),
        (Function::ln, 0.0, -infinity),
        (Function::ln, -0.0, -infinity),
        (Function::ln, infinity, infinity),
        (Function::ln, -1.0, f32::NAN),
        (Function::ln, -smallest, f32::NAN),
        (Function::ln, -infinity, f32::NAN),
        (Function::ln, smallest, -103.278_93),
        (Function::tanh, -0.0, -0.0),
        (Function::tanh, smallest, smallest),
        (Function::tanh, infinity, 1.0),
        (Function::tanh, -infinity, -1.0),
        (Function::tanh, 1e-20, 1e-20),
        (Function::sigmoid, 0.0, 0.5),
        (Function::sigmoid, infinity, 1.0),
        (Function::sigmoid, -infinity, 0.0),
        (Function::sigmoid, -f32::MAX, 0.0),
        (Function::softplus, 0.0, std::f32::consts::LN_2),
        (Function::softplus, infinity, infinity),
        (Function::softplus, -infinity, 0.0),
        (Function::softplus, f32::MAX, f32::MAX),
        (Function::softplus, -f32::MAX, 0.0),
        (Function::erf, -0.0, -0.0),
        (Function::erf, infinity, 1.0),
        (Function::erf, -infinity, -1.0),
        (Function::erf, 4.0, 1.0),
        (Function::erfc, 0.0, 1.0),
        (Function::erfc, infinity, 0.0),
        (Function::erfc, -infinity, 2.0),
        (Function::exp2, 3.0, 8.0),
        (Function::exp2, 127.0, 1.701_411_8e38),
        (Function::exp2, 128.0, infinity),
        (Function::exp2, -149.0, smallest),
        (Function::exp2, -infinity, 0.0),
        (Function::exp_m1, -0.0, -0.0),
        (Function::exp_m1, smallest, smallest),
        (Function::exp_m1, infinity, infinity),
        (Function::exp_m1, -infinity, -1.0),
        (Function::exp_m1, 88.722_84, infinity),
        (Function::ln_1p, -0.0, -0.0),
        (Function::ln_1p, -smallest, -smallest),
        (Function::ln_1p, -1.0, -infinity),
        (Function::ln_1p, infinity, infinity),
        (Function::ln_1p, -1.5, f32::NAN),
        (Function::ln_1p, -infinity, f32::NAN),
        (Function::log2, 8.0, 3.0),
        (Function::log2, 0.125, -3.0),
        (Function::log2, smallest, -149.0),
        (Function::log2, -0.0, -infinity),
        (Function::log2, -1.0, f32::NAN),
        (Function::sinh, -0.0, -0.0),
        (Function::sinh, smallest, smallest),
        (Function::sinh, -infinity, -infinity),
        (Function::cosh, 0.0, 1.0),
        (Function::cosh, -infinity, infinity),
        (Function::asinh, -0.0, -0.0),
        (Function::asinh, -smallest, -smallest),
        (Function::asinh, -infinity, -infinity),
        (Function::acosh, 1.0, 0.0),
        (Function::acosh, 0.999_999_94, f32::NAN),
        (Function::acosh, -5.0, f32::NAN),
        (Function::acosh, infinity, infinity),
        (Function::atanh, -0.0, -0.0),
        (Function::atanh, 1.0, infinity),
        (Function::atanh, -1.0, -infinity),
        (Function::atanh, 1.000_000_1, f32::NAN),
        (Function::atanh, -infinity, f32::NAN),
        (Function::softsign, -0.0, -0.0),
        (Function::softsign, f32::MAX, 1.0),
        (Function::softsign, infinity, f32::NAN),
        (Function::sin, -0.0, -0.0),
        (Function::sin, smallest, smallest),
        (Function::sin, infinity, f32::NAN),
        (Function::cos, -0.0, 1.0),
        (Function::cos, -infinity, f32::NAN),
        (Function::tan, -0.0, -0.0),
        (Function::tan, infinity, f32::NAN),
        (Function::asin, -0.0, -0.0),
        (Function::asin, 1.0, std::f32::consts::FRAC_PI_2),
        (Function::asin, -1.000_000_1, f32::NAN),
        (Function::acos, 1.0, 0.0),
        (Function::acos, -1.0, std::f32::consts::PI),
        (Function::acos, 1.000_000_1, f32::NAN),
        (Function::atan, -0.0, -0.0),
        (Function::atan, -infinity, -std::f32::consts::FRAC_PI_2),
        (Function::atan, f32::MAX, std::f32::consts::FRAC_PI_2),
        (Function::floor, -0.0, -0.0),
        (Function::floor, -smallest, -1.0),
        (Function::floor, -infinity, -infinity),
        (Function::ceil, -0.5, -0.0),
        (Function::ceil, smallest, 1.0),
        (Function::round, 2.5, 2.0),
        (Function::round, -0.5, -0.0),
        (Function::round, 8_388_609.0, 8_388_609.0),
        (Function::trunc, -0.99, -0.0),
        (Function::trunc, infinity, infinity),
    ];
    for (function, x, expected) in cases {
        let found = apply(function, x);
        let same = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
        assert!(same, "of {x:e}: {found:e}, expected {expected:e}");
    }
    for &(function, name, _, _) in BOUNDS {
        for nan in [f32::NAN, -f32::NAN, f32::from_bits(0x7f80_0001)] {
            assert!(apply(function, nan).is_nan(), "{name} of NaN");
        }
    }
}

#[test]
fn maximum_and_minimum_propagate_nan() {
    use macrograd_runtime::isa::Portable;
    let nan = f32::NAN;
    for (a, b, larger, smaller) in
        [(1.0, 2.0, 2.0, 1.0), (-1.0, -2.0, -1.0, -2.0), (0.5, f32::NEG_INFINITY, 0.5, f32::NEG_INFINITY)]
    {
        assert_eq!(math::maximum::<Portable>(a, b), larger);
        assert_eq!(math::maximum::<Portable>(b, a), larger);
        assert_eq!(math::minimum::<Portable>(a, b), smaller);
        assert_eq!(math::minimum::<Portable>(b, a), smaller);
    }
    for other in [0.0, nan, f32::INFINITY, f32::NEG_INFINITY] {
        assert!(
            math::maximum::<Portable>(nan, other).is_nan() && math::maximum::<Portable>(other, nan).is_nan()
        );
        assert!(
            math::minimum::<Portable>(nan, other).is_nan() && math::minimum::<Portable>(other, nan).is_nan()
        );
    }
    assert_eq!(math::sqrt::<Portable>(2.25), 1.5);
    assert!(math::sqrt::<Portable>(-1.0).is_nan());
    assert_eq!(math::abs::<Portable>(-0.0).to_bits(), 0);
    assert_eq!(math::select::<Portable>(true, 1.0, nan), 1.0);
}
