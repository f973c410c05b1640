//! Likelihood of counts.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let operands = |case: Case, shape: Vec<_>| case.between(0.1, 2.0, shape.clone()).between(1.1, 6.0, shape);
    check_reductions(operands, |b, x, reduction| op!(b, poisson_nll_loss(x[0], x[1], reduction = reduction)));
    check_reductions(operands, |b, x, reduction| {
        op!(b, poisson_nll_loss(x[0], x[1], log_input = false, full = true, eps = 0.1, reduction = reduction))
    });
    let case = Case::new().input(shape![3]).values(shape![3], &[0.0, 0.5, 3.0]);
    case.check_twice(|b, x| op!(b, poisson_nll_loss(x[0], x[1], full = true)));
}

#[test]
fn problems() {
    check_pair_problems("poisson_nll_loss", ["x", "target"], |b, x, y, r| {
        try_op!(b, poisson_nll_loss(x, y, reduction = r))
    });
}
