//! Logistic loss.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let operands = |case: Case, shape: Vec<_>| case.input(shape.clone()).input(shape);
    check_reductions(operands, |b, x, reduction| op!(b, soft_margin_loss(x[0], x[1], reduction = reduction)));
}

#[test]
fn large_scores_do_not_overflow() {
    let case = Case::new().values(shape![2], &[1e4, 1e4]).values(shape![2], &[1.0, -1.0]);
    let checked = case.run(|b, x| op!(b, soft_margin_loss(x[0], x[1], reduction = "none")));
    assert_eq!(checked.output.data, [0.0, 1e4]);
}

#[test]
fn problems() {
    check_pair_problems("soft_margin_loss", ["x", "target"], |b, x, y, r| {
        try_op!(b, soft_margin_loss(x, y, reduction = r))
    });
}
