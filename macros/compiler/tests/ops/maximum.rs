//! The larger and the smaller of two operands.

use crate::support::*;

#[test]
pub(crate) fn gradient_of_maximum() {
    check_apart(|b, x, y| op!(b, maximum(x, y)));
}

#[test]
pub(crate) fn gradient_of_minimum() {
    check_apart(|b, x, y| op!(b, minimum(x, y)));
}

/// Like [`check_binary`], but never with equal operands, where there is no derivative.
fn check_apart(
    build: impl Fn(
        &mut macrograd_compiler::graph::Builder,
        macrograd_compiler::graph::Value,
        macrograd_compiler::graph::Value,
    ) -> macrograd_compiler::graph::Value,
) {
    for (left, right) in [
        (shape![3, 5], shape![3, 5]),
        (shape![3, 5], shape![5]),
        (shape![1, 5], shape![3, 1]),
        (shape![], shape![2]),
    ] {
        let case = Case::new().input(left).input(right);
        case.check(|b, x| build(b, x[0], x[1]));
        case.check_twice(|b, x| build(b, x[0], x[1]));
    }
}

#[test]
fn equal_operands_share_the_gradient() {
    let case = Case::new().values(shape![3], &[1.0, 2.0, 0.0]).values(shape![3], &[1.0, -1.0, -0.0]);
    let checked = case.run(|b, x| op!(b, maximum(x[0], x[1])));
    let dy = &checked.grad_output.data;
    assert_eq!(checked.output.data, [1.0, 2.0, 0.0]);
    assert_eq!(grad(&checked, 0), [dy[0] / 2.0, dy[1], dy[2] / 2.0]);
    assert_eq!(grad(&checked, 1), [dy[0] / 2.0, 0.0, dy[2] / 2.0]);

    let checked = case.run(|b, x| op!(b, minimum(x[0], x[1])));
    let dy = &checked.grad_output.data;
    assert_eq!(grad(&checked, 0), [dy[0] / 2.0, 0.0, dy[2] / 2.0]);
    assert_eq!(grad(&checked, 1), [dy[0] / 2.0, dy[1], dy[2] / 2.0]);

    // Both halves go to the same operand.
    let checked = Case::new().input(shape![3]).run(|b, x| op!(b, maximum(x[0], x[0])));
    assert_eq!(grad(&checked, 0), checked.grad_output.data);
}

#[test]
fn nan_wins() {
    let case = Case::new().values(shape![2], &[f64::NAN, 1.0]).values(shape![2], &[1.0, f64::NAN]);
    let checked = case.run(|b, x| op!(b, maximum(x[0], x[1])));
    assert!(checked.output.data.iter().all(|value| value.is_nan()));
    let checked = case.run(|b, x| op!(b, minimum(x[0], x[1])));
    assert!(checked.output.data.iter().all(|value| value.is_nan()));
}
