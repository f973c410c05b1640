//! Functions of two arguments against `f64`, on every instruction set of this machine.

mod common;

use common::{levels, ulp};
use macrograd_runtime::isa::{Isa, Loop, dispatch, force_isa};
use macrograd_runtime::math;
use macrograd_runtime::random::Philox;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Function {
    Pow,
    Atan2,
    Hypot,
    Fmod,
}
use Function::{Atan2, Fmod, Hypot, Pow};

/// Applies a function to pairs, compiled for one instruction set as generated code is.
struct Apply<'a> {
    function: Function,
    x: &'a [f32],
    y: &'a [f32],
    values: &'a mut [f32],
}

impl Loop for Apply<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let pairs = self.values.iter_mut().zip(self.x.iter().zip(self.y));
        match self.function {
            Pow => pairs.for_each(|(value, (&x, &y))| *value = math::pow::<S>(x, y)),
            Atan2 => pairs.for_each(|(value, (&x, &y))| *value = math::atan2::<S>(x, y)),
            Hypot => pairs.for_each(|(value, (&x, &y))| *value = math::hypot::<S>(x, y)),
            Fmod => pairs.for_each(|(value, (&x, &y))| *value = math::fmod::<S>(x, y)),
        }
    }
}

fn apply(function: Function, x: &[f32], y: &[f32]) -> Vec<f32> {
    let mut values = vec![0.0; x.len()];
    dispatch(Apply { function, x, y, values: &mut values });
    values
}

fn exact(function: Function, x: f64, y: f64) -> f64 {
    match function {
        Pow => x.powf(y),
        Atan2 => x.atan2(y),
        Hypot => x.hypot(y),
        // Exact for `f32` arguments, and so an `f32` again.
        Fmod => x % y,
    }
}

/// Special values, and some on which whole and half exponents, ties and limits hinge.
const VALUES: &[f32] = &[
    0.0,
    1.0,
    2.0,
    3.0,
    0.5,
    2.5,
    1e-3,
    7.0,
    1e6,
    16_777_215.0,
    16_777_216.0,
    3e7,
    1e30,
    1e-30,
    f32::MIN_POSITIVE,
    f32::MAX,
    f32::INFINITY,
    f32::NAN,
    0.999_999_94,
    1.000_000_1,
    1e-40,
    1e-45,
];

/// Pairs of the special values with both signs, of any bits, and of bits near 1 and in the middle of the range.
fn pairs(function: Function) -> (Vec<f32>, Vec<f32>) {
    let special = || VALUES.iter().flat_map(|&value| [value, -value]);
    let (mut x, mut y): (Vec<f32>, Vec<f32>) = special().flat_map(|x| special().map(move |y| (x, y))).unzip();
    let mut random = Philox::new(5, 0);
    for _ in 0..60_000 {
        x.push(f32::from_bits(random.next_u32()));
        y.push(f32::from_bits(random.next_u32()));
        // Exponents from 2^-16 to 2^16.
        let near = |random: &mut Philox| {
            (random.next_f32() - 0.5) * f32::from_bits((111 + random.next_u32() % 32) << 23)
        };
        x.push(near(&mut random));
        y.push(near(&mut random));
        // Bases whose powers stay finite, up to large exponents.
        let base = 1.0 + (random.next_f32() - 0.5) * 0.9;
        x.push(base);
        y.push((random.next_f32() - 0.5) * 250.0 / base.log2().abs().max(1e-6));
    }
    if function == Fmod {
        // Multiples, and their neighbours.
        for index in 0..20_000u32 {
            let divisor = random.next_f32() + 0.1;
            let multiple = divisor * (index % 5000) as f32;
            x.push(f32::from_bits(multiple.to_bits().wrapping_add(index % 3).wrapping_sub(1)));
            y.push(divisor);
        }
    }
    (x, y)
}

/// Bounds stated in the documentation of `math`, in ULP.
const BOUNDS: &[(Function, f64)] = &[(Pow, 1.5), (Atan2, 2.0), (Hypot, 1.3), (Fmod, 0.0)];

/// One test, since the instruction set is a setting of the process.
#[test]
fn errors_and_limits_are_as_documented() {
    for level in levels() {
        force_isa(level);
        for &(function, bound) in BOUNDS {
            let (x, y) = pairs(function);
            let mut worst = 0.0;
            for ((&x, &y), found) in x.iter().zip(&y).zip(apply(function, &x, &y)) {
                let exact = exact(function, f64::from(x), f64::from(y));
                let what =
                    || format!("{level:?}: {function:?} of {x:e} and {y:e} is {found:e}, not {exact:e}");
                if exact.is_nan() {
                    assert!(found.is_nan(), "{}", what());
                } else if (exact as f32).is_infinite() {
                    assert_eq!(found, exact as f32, "{}", what());
                } else if function == Fmod && (x / y).abs() >= 8_388_608.0 {
                    assert_eq!(found, 0.0, "{}", what());
                } else if function == Atan2 && exact.abs() < f64::from(f32::MIN_POSITIVE) {
                    assert!(found.abs() <= f32::MIN_POSITIVE, "{}", what());
                    assert_eq!(found.is_sign_negative(), exact.is_sign_negative(), "{}", what());
                } else {
                    assert!(!found.is_nan(), "{}", what());
                    if exact == 0.0 {
                        assert_eq!(found.to_bits(), (exact as f32).to_bits(), "{}", what());
                    }
                    let error = ulp(found, exact);
                    assert!(error <= bound, "{}, wrong by {error} ULP", what());
                    worst = f64::max(worst, error);
                }
            }
            println!("{level:?} {function:?}: {worst:.3} ULP");
        }
    }
}
