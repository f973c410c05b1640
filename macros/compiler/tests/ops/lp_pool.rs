//! Power pooling.

use crate::support::*;
use macrograd_compiler::graph::Size;
use macrograd_compiler::ops::call::Argument;

const ORDERS: [f64; 8] = [1.0, 1.5, 2.0, 3.0, 4.0, 0.5, -1.0, -2.5];

#[test]
pub(crate) fn gradient() {
    let positive = Case::new().between(0.5, 2.0, shape![2, 2, 5, 6]);
    for p in ORDERS {
        positive.check_twice(|b, x| op!(b, lp_pool2d(x[0], p, 2)));
        let checked = positive.run(|b, x| op!(b, lp_pool2d(x[0], p, 2)));
        assert_eq!(checked.output.shape, [2, 2, 2, 3]);
    }
    for p in ["inf", "-inf"] {
        positive.check(|b, x| op!(b, lp_pool2d(x[0], p, [2, 3], stride = [1, 2])));
    }
    // Even powers and sums take any sign.
    let any = Case::new().input(shape![1, 2, 5, 4]);
    for p in [1.0, 2.0, 4.0] {
        let checked = any.check(|b, x| op!(b, lp_pool2d(x[0], p, [2, 3], [2, 1], ceil_mode = true)));
        assert_eq!(checked.output.shape, [1, 2, 3, 2]);
    }
    let (n, h) = (Size::symbol("N"), Size::symbol("H"));
    let case = Case::new().size("N", 2).size("H", 5).between(0.5, 2.0, shape![n, 2, h, 4]);
    assert_eq!(case.check(|b, x| op!(b, lp_pool2d(x[0], 3, 2))).output.shape, [2, 2, 2, 2]);
}

#[test]
pub(crate) fn gradient_of_lp_pool1d() {
    let case = Case::new().between(0.5, 2.0, shape![2, 2, 7]);
    for p in ORDERS {
        case.check_twice(|b, x| op!(b, lp_pool1d(x[0], p, 3, stride = 2)));
    }
    let checked = case.check(|b, x| op!(b, lp_pool1d(x[0], f64::INFINITY, 2, ceil_mode = true)));
    assert_eq!(checked.output.shape, [2, 2, 4]);
}

#[test]
pub(crate) fn gradient_of_lp_pool3d() {
    let case = Case::new().between(0.5, 2.0, shape![1, 2, 3, 4, 5]);
    for p in ORDERS {
        let checked = case.check(|b, x| op!(b, lp_pool3d(x[0], p, [2, 1, 3], [1, 2, 2])));
        assert_eq!(checked.output.shape, [1, 2, 2, 2, 2]);
    }
    let checked = case.check(|b, x| op!(b, lp_pool3d(x[0], "-inf", 2, ceil_mode = true)));
    assert_eq!(checked.output.shape, [1, 2, 2, 2, 3]);
}

/// The values of PyTorch 2.15.
#[test]
fn values() {
    let case = Case::new().values(shape![1, 1, 8], &[0.0, 0.0, 0.0, 2.0, 1.0, 1.0, -1.0, -2.0]);
    let pooled = |p: Argument| case.run(|b, x| op!(b, lp_pool1d(x[0], p, 2))).output.data;
    let root = 2f64.sqrt();
    assert_eq!(pooled(1.to_argument()), [0.0, 2.0, 2.0, -3.0]);
    assert_eq!(pooled(2.to_argument()), [0.0, 2.0, root, 5f64.sqrt()]);
    assert_eq!(pooled("inf".to_argument()), [0.0, 2.0, 1.0, 2.0]);
    assert_eq!(pooled("-inf".to_argument()), [0.0, 0.0, 1.0, 1.0]);
    assert!(pooled(3.to_argument())[3].is_nan(), "the root of a negative sum");
    // A window over the edge counts as a full one of its mean.
    let case = Case::new().values(shape![1, 1, 3], &[1.0, 2.0, 3.0]);
    let checked = case.run(|b, x| op!(b, lp_pool1d(x[0], 2, 2, ceil_mode = true)));
    assert_eq!(checked.output.data, [5f64.sqrt(), 18f64.sqrt()]);
}

#[test]
fn the_gradient_of_a_sum_of_zero_is_zero() {
    for p in ORDERS {
        let checked =
            Case::new().values(shape![1, 1, 2], &[0.0; 2]).run(|b, x| op!(b, lp_pool1d(x[0], p, 2)));
        assert_eq!(grad(&checked, 0), [0.0; 2], "p = {p}");
    }
}

#[test]
fn problems() {
    let x = || [f32(shape![1, 2, 4, 5])];
    let text = problem(x(), |b, [x]| try_op!(b, lp_pool2d(x, 0, 2)));
    assert_eq!(
        text,
        "`norm_type` of `lp_pool2d` is not 0, found 0.0\n\
         help: write 2.0 for roots of sums of squares, or `f32::INFINITY` for the largest magnitudes\n\
         at 1"
    );
    let text = problem(x(), |b, [x]| try_op!(b, lp_pool2d(x, "max", 2)));
    assert!(
        text.starts_with("`norm_type` of `lp_pool2d` is one of \"inf\", \"-inf\", found \"max\""),
        "{text}"
    );
    let text = problem(x(), |b, [x]| try_op!(b, lp_pool2d(x, 2, 6)));
    assert!(
        text.starts_with(
            "the output of `lp_pool2d` would be empty: a 6x6 window does not fit into 4x5 with padding 0"
        ),
        "{text}"
    );
    let text = problem(x(), |b, [x]| try_op!(b, lp_pool2d(x, 2, [1, 2, 3])));
    assert!(text.starts_with("`kernel_size` of `lp_pool2d` is a whole number"), "{text}");
    let types = [f32(shape![1, 2, 4, Size::symbol("W")])];
    let text = problem(types, |b, [x]| try_op!(b, lp_pool2d(x, 2, 2, ceil_mode = true)));
    assert!(text.ends_with("at 4"), "{text}");
    let text = problem(x(), |b, [x]| try_op!(b, lp_pool1d(x, 2, 2)));
    assert!(text.starts_with("`lp_pool1d` takes 3 axes"), "{text}");
}
