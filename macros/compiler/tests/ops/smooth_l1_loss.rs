//! Absolute error with a rounded tip.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let operands = |case: Case, shape: Vec<_>| case.input(shape.clone()).input(shape);
    check_reductions(operands, |b, x, reduction| op!(b, smooth_l1_loss(x[0], x[1], reduction = reduction)));
    check_reductions(operands, |b, x, reduction| op!(b, smooth_l1_loss(x[0], x[1], reduction, beta = 0.3)));
}

/// Inside, outside, and in the middle, on either side of the target.
#[test]
fn gradient_at_edges() {
    let case = Case::new().values(shape![6], &[0.0, 0.499, 0.501, -0.499, -0.501, 9.0]);
    case.check_twice(|b, x| op!(b, smooth_l1_loss(x[0], 0.0, beta = 0.5)));
    // On the edge value and gradient are those of both sides.
    let checked =
        Case::new().values(shape![1], &[0.5]).run(|b, x| op!(b, smooth_l1_loss(x[0], 0.0, beta = 0.5)));
    assert_eq!((checked.output.data[0], grad(&checked, 0)[0]), (0.25, checked.grad_output.data[0]));
}

#[test]
fn without_a_tip_it_is_the_absolute_error() {
    let checked = Case::new().values(shape![2], &[0.0, -3.0]).run(|b, x| {
        let loss = op!(b, smooth_l1_loss(x[0], 0.0, beta = 0.0, reduction = "none"));
        let expected = op!(b, l1_loss(x[0], 0.0, reduction = "none"));
        op!(b, sub(loss, expected))
    });
    assert_eq!(checked.output.data, [0.0, 0.0]);
}

#[test]
fn problems() {
    let loss = |b: &mut _, x, y, r: &str| try_op!(b, smooth_l1_loss(x, y, reduction = r));
    check_pair_problems("smooth_l1_loss", ["x", "target"], loss);
    assert_eq!(
        problem([f32(shape![2])], |b, [x]| try_op!(b, smooth_l1_loss(x, x, beta = -1.0))),
        "`beta` of `smooth_l1_loss` is at least 0, found -1\nhelp: leave it out for 1\nat 3"
    );
}
