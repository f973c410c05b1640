//! Squared error.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let operands = |case: Case, shape: Vec<_>| case.input(shape.clone()).input(shape);
    check_reductions(operands, |b, x, reduction| op!(b, mse_loss(x[0], x[1], reduction = reduction)));
}

#[test]
fn the_mean_is_the_default_and_a_number_a_target() {
    let checked = Case::new().values(shape![2], &[3.0, 0.0]).check(|b, x| op!(b, mse_loss(x[0], 1.0)));
    assert_eq!((checked.output.data[0], grad(&checked, 0)[1]), (2.5, -checked.grad_output.data[0]));
}

#[test]
fn problems() {
    check_pair_problems("mse_loss", ["x", "target"], |b, x, y, r| try_op!(b, mse_loss(x, y, reduction = r)));
}
