//! Softplus.

use crate::support::*;
use macrograd_compiler::reference::Array;

#[test]
pub(crate) fn gradient() {
    check_unary(-3.0, 3.0, |b, x| op!(b, softplus(x)));
    check_unary(-3.0, 3.0, |b, x| op!(b, softplus(x, beta = 2.0)));
    check_unary(-3.0, 3.0, |b, x| op!(b, softplus(x, beta = -0.5)));
}

/// 0, large values of both signs, and both sides of the threshold: farther from it than the step of the differences,
/// since the function jumps there.
#[test]
fn gradient_at_edges() {
    let values = [0.0, -0.0, 1e-3, 40.0, 1e3, -40.0, -1e3, 19.9, 20.1, 9.9, 10.1];
    let case = || Case::new().values(shape![11], &values);
    case().check_twice(|b, x| op!(b, softplus(x[0])));
    case().check_twice(|b, x| op!(b, softplus(x[0], beta = 2.0)));
    case().check_twice(|b, x| op!(b, softplus(x[0], threshold = 1.0)));
    // The threshold is never reached, and nothing overflows.
    case().check_twice(|b, x| op!(b, softplus(x[0], 2.0, 1e9)));
}

/// Values and gradients as `torch.nn.functional.softplus` of PyTorch 2.15 computes them in f64.
#[test]
fn values_of_pytorch() {
    let cases = [
        // x, beta, threshold, value, gradient
        (0.0, 1.0, 20.0, std::f64::consts::LN_2, 0.5),
        (1.0, 1.0, 20.0, 1.313_261_687_518_222_8, 0.731_058_578_630_004_9),
        (-1.0, 1.0, 20.0, 0.313_261_687_518_222_86, 0.268_941_421_369_995_1),
        (-40.0, 1.0, 20.0, 4.248_354_255_291_589e-18, 4.248_354_255_291_589e-18),
        (-700.0, 1.0, 20.0, 9.859_676_543_759_77e-305, 9.859_676_543_759_77e-305),
        (19.875, 1.0, 20.0, 19.875_000_002_335_593, 0.999_999_997_664_407),
        (20.0, 1.0, 20.0, 20.000_000_002_061_153, 0.999_999_997_938_846_4),
        (20.125, 1.0, 20.0, 20.125, 1.0),
        (1000.0, 1.0, 20.0, 1000.0, 1.0),
        (0.0, 2.0, 20.0, 0.346_573_590_279_972_64, 0.5),
        (0.5, 2.0, 20.0, 0.656_630_843_759_111_4, 0.731_058_578_630_004_9),
        (-3.25, 2.0, 20.0, 0.000_751_155_079_877_141_9, 0.001_501_182_256_736_991_5),
        (-15.0, 2.0, 20.0, 4.678_811_484_419_868_4e-14, 9.357_622_968_839_3e-14),
        (9.9375, 2.0, 20.0, 9.937_500_001_167_797, 0.999_999_997_664_407),
        (10.0625, 2.0, 20.0, 10.0625, 1.0),
        (0.25, 2.0, 1.0, 0.487_038_492_090_053_34, 0.622_459_331_201_854_6),
        (0.75, 2.0, 1.0, 0.75, 1.0),
        (2.5, 0.5, 20.0, 3.003_858_162_690_746, 0.777_299_861_174_691_2),
        (-1.5, -0.5, 20.0, -2.273_742_012_229_799_8, 0.679_178_699_175_393),
    ];
    for (x, beta, threshold, value, gradient) in cases {
        let case = Case::new().values(shape![1], &[x]).grad_output(Array::full(&[1], 1.0));
        let checked = case.run(|b, x| op!(b, softplus(x[0], beta = beta, threshold = threshold)));
        for (found, expected) in [(checked.output.data[0], value), (grad(&checked, 0)[0], gradient)] {
            let error = (found - expected).abs() / f64::abs(expected);
            assert!(error < 1e-12, "softplus({x}, {beta}, {threshold}): {found}, PyTorch {expected}");
        }
    }
    // The defaults are PyTorch's.
    let checked = Case::new().values(shape![2], &[20.0, 20.125]).run(|b, x| op!(b, softplus(x[0])));
    assert!((checked.output.data[0] - 20.000_000_002_061_153).abs() < 1e-13);
    assert_eq!(checked.output.data[1], 20.125);
}

#[test]
fn not_a_number_stays_one() {
    let checked = Case::new().values(shape![1], &[f64::NAN]).run(|b, x| op!(b, softplus(x[0])));
    assert!(checked.output.data[0].is_nan());
}

#[test]
fn beta_is_not_zero() {
    assert_eq!(
        problem([f32(shape![3])], |b, [x]| try_op!(b, softplus(x, beta = 0.0))),
        "`beta` of `softplus` is not 0: the result is divided by it\n\
         help: leave `beta` out for `ln(1 + exp(x))`\n\
         at 1"
    );
}
