//! Elementary functions against `f64`, on every instruction set of this machine.

use macrograd_runtime::isa::{Isa, IsaLevel, Loop, best_isa, dispatch, force_isa};
use macrograd_runtime::math;

#[derive(Clone, Copy)]
enum Function {
    Exp,
    Ln,
    Tanh,
    Sigmoid,
    Softplus,
    Erf,
}
use Function::{Erf, Exp, Ln, Sigmoid, Softplus, Tanh};

/// Applies a function to a slice, compiled for one instruction set as generated code is.
struct Apply<'a> {
    function: Function,
    values: &'a mut [f32],
}

impl Loop for Apply<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        match self.function {
            Exp => self.values.iter_mut().for_each(|x| *x = math::exp::<S>(*x)),
            Ln => self.values.iter_mut().for_each(|x| *x = math::ln::<S>(*x)),
            Tanh => self.values.iter_mut().for_each(|x| *x = math::tanh::<S>(*x)),
            Sigmoid => self.values.iter_mut().for_each(|x| *x = math::sigmoid::<S>(*x)),
            Softplus => self.values.iter_mut().for_each(|x| *x = math::softplus::<S>(*x)),
            Erf => self.values.iter_mut().for_each(|x| *x = math::erf::<S>(*x)),
        }
    }
}

fn apply(function: Function, x: f32) -> f32 {
    let mut values = [x];
    dispatch(Apply { function, values: &mut values });
    values[0]
}

fn exact(function: Function, x: f64) -> f64 {
    match function {
        Exp => x.exp(),
        Ln => x.ln(),
        Tanh => x.tanh(),
        Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Softplus if x.is_nan() => x,
        Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        Erf => erf_ref(x),
    }
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

/// Distance in units of the last place of the exact result, whose place is that of the smallest normal at least.
fn ulp(found: f32, exact: f64) -> f64 {
    let magnitude = (exact.abs() as f32).clamp(f32::MIN_POSITIVE, f32::MAX);
    let binade = f32::from_bits(magnitude.to_bits() & 0x7f80_0000);
    let place = f64::from(binade) * f64::from(f32::EPSILON);
    (f64::from(found) - exact).abs() / place
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
                assert_eq!(found, f32::INFINITY, "of {x:e}");
                continue;
            }
            assert!(!found.is_nan(), "{x:e} gives NaN, not {exact:e}");
            if matches!(function, Sigmoid) && exact < f64::from(f32::MIN_POSITIVE) {
                assert!((0.0..=f32::MIN_POSITIVE).contains(&found), "{x:e} gives {found:e}, not {exact:e}");
                continue;
            }
            let error = ulp(found, exact);
            worst = f64::max(worst, error);
            worst_absolute = f64::max(worst_absolute, (f64::from(found) - exact).abs());
        }
    }
}

fn levels() -> impl Iterator<Item = IsaLevel> {
    [IsaLevel::Portable, IsaLevel::Avx2, IsaLevel::Avx512].into_iter().filter(|&level| level <= best_isa())
}

/// Bounds stated in the documentation of `math`: ULP and absolute error.
const BOUNDS: [(Function, &str, f64, f64); 6] = [
    (Exp, "exp", 1.0, f64::INFINITY),
    (Ln, "ln", 0.85, f64::INFINITY),
    (Tanh, "tanh", 2.5, 9e-8),
    (Sigmoid, "sigmoid", 2.5, 9e-8),
    (Softplus, "softplus", 2.5, f64::INFINITY),
    (Erf, "erf", 1.3, 8e-8),
];

/// One test, since the instruction set is a setting of the process.
#[test]
fn errors_and_limits_are_as_documented() {
    for level in levels() {
        force_isa(level);
        check_limits();
        for (function, name, bound, absolute_bound) in BOUNDS {
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
        (Exp, 0.0, 1.0),
        (Exp, -0.0, 1.0),
        (Exp, infinity, infinity),
        (Exp, -infinity, 0.0),
        (Exp, f32::MAX, infinity),
        (Exp, 88.722_84, infinity),
        (Exp, -104.0, 0.0),
        (Exp, smallest, 1.0),
        (Ln, 1.0, 0.0),
        (Ln, 0.0, -infinity),
        (Ln, -0.0, -infinity),
        (Ln, infinity, infinity),
        (Ln, -1.0, f32::NAN),
        (Ln, -smallest, f32::NAN),
        (Ln, -infinity, f32::NAN),
        (Ln, smallest, -103.278_93),
        (Tanh, -0.0, -0.0),
        (Tanh, smallest, smallest),
        (Tanh, infinity, 1.0),
        (Tanh, -infinity, -1.0),
        (Tanh, 1e-20, 1e-20),
        (Sigmoid, 0.0, 0.5),
        (Sigmoid, infinity, 1.0),
        (Sigmoid, -infinity, 0.0),
        (Sigmoid, -f32::MAX, 0.0),
        (Softplus, 0.0, std::f32::consts::LN_2),
        (Softplus, infinity, infinity),
        (Softplus, -infinity, 0.0),
        (Softplus, f32::MAX, f32::MAX),
        (Softplus, -f32::MAX, 0.0),
        (Erf, -0.0, -0.0),
        (Erf, infinity, 1.0),
        (Erf, -infinity, -1.0),
        (Erf, 4.0, 1.0),
    ];
    for (function, x, expected) in cases {
        let found = apply(function, x);
        let same = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
        assert!(same, "of {x:e}: {found:e}, expected {expected:e}");
    }
    for (function, name, _, _) in BOUNDS {
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
