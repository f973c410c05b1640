//! Variance and standard deviation.

use crate::sum::check_reduction;
use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient_of_var() {
    check_reduction(true, |b, x, axes, keepdim| match axes {
        Some(axes) => op!(b, var(x, axes = axes, keepdim = keepdim, correction = 0)),
        None => op!(b, var(x, keepdim = keepdim, correction = 0)),
    });
    let n = Size::symbol("N");
    for shape in [shape![4, 3], shape![n, 3]] {
        let case = Case::new().size("N", 4).input(shape);
        case.check_twice(|b, x| op!(b, var(x[0], 0)));
        case.check_twice(|b, x| op!(b, var(x[0], correction = 1.5)));
    }
}

#[test]
pub(crate) fn gradient_of_std() {
    let n = Size::symbol("N");
    for shape in [shape![4, 3], shape![n, 3]] {
        let case = Case::new().size("N", 4).input(shape);
        case.check_twice(|b, x| op!(b, std(x[0], 0)));
        case.check_twice(|b, x| op!(b, std(x[0], [0, 1], keepdim = true, correction = 0)));
    }
}

#[test]
fn values() {
    let case = Case::new().values(shape![2, 3], &[1.0, 2.0, 6.0, 1e6, 1e6, 1e6 + 3.0]);
    assert_eq!(case.run(|b, x| op!(b, var(x[0], 1))).output.data, [7.0, 3.0]);
    assert_eq!(case.run(|b, x| op!(b, var(x[0], 1, correction = 0))).output.data, [14.0 / 3.0, 2.0]);
    assert_eq!(case.run(|b, x| op!(b, std(x[0], 1))).output.data, [7f64.sqrt(), 3f64.sqrt()]);
}

#[test]
fn nothing_to_spread() {
    // One element: 0 / 0. As many as are taken off: a positive number / 0.
    let case = Case::new().values(shape![1], &[3.0]);
    let checked = case.run(|b, x| op!(b, var(x[0])));
    assert!(checked.output.data[0].is_nan() && grad(&checked, 0)[0].is_nan());
    assert_eq!(case.run(|b, x| op!(b, var(x[0], correction = 0))).output.data, [0.0]);
    let case = Case::new().values(shape![2], &[3.0, 4.0]);
    assert_eq!(case.run(|b, x| op!(b, var(x[0], correction = 3))).output.data, [f64::INFINITY]);
    let case = Case::new().values(shape![3], &[5.0, 5.0, 5.0]);
    let checked = case.run(|b, x| op!(b, std(x[0])));
    assert_eq!((checked.output.data[0], grad(&checked, 0)), (0.0, &[0.0, 0.0, 0.0][..]));
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, var(x, 0, correction = true)));
    assert_eq!(text, "`correction` of `var` is a number, found true\nat 3");
}
