//! Absolute error.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let operands =
        |case: Case, shape: Vec<_>| case.between(-2.0, -1.0, shape.clone()).between(-0.9, 1.0, shape);
    check_reductions(operands, |b, x, reduction| op!(b, l1_loss(x[0], x[1], reduction = reduction)));
    check_reductions(operands, |b, x, reduction| op!(b, l1_loss(x[1], x[0], reduction = reduction)));
}

#[test]
fn no_gradient_where_both_are_equal() {
    let case = Case::new().values(shape![2], &[1.0, 2.0]).values(shape![2], &[1.0, 5.0]);
    let checked = case.run(|b, x| op!(b, l1_loss(x[0], x[1], reduction = "sum")));
    assert_eq!(checked.output.data[0], 3.0);
    assert_eq!((grad(&checked, 0)[0], grad(&checked, 1)[0]), (0.0, 0.0));
}

#[test]
fn problems() {
    check_pair_problems("l1_loss", ["x", "target"], |b, x, y, r| try_op!(b, l1_loss(x, y, reduction = r)));
}
