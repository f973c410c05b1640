//! Kullback-Leibler divergence.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let operands = |case: Case, shape: Vec<_>| case.input(shape.clone()).between(0.1, 0.9, shape);
    check_reductions(operands, |b, x, reduction| op!(b, kl_div(x[0], x[1], reduction = reduction)));
    check_reductions(operands, |b, x, reduction| op!(b, kl_div(x[0], x[1], reduction, log_target = true)));
    operands(Case::new(), shape![3, 5])
        .check_twice(|b, x| op!(b, kl_div(x[0], x[1], reduction = "batchmean")));
}

#[test]
fn the_batch_mean_divides_by_the_first_size() {
    let case = Case::new().values(shape![2, 2], &[0.0; 4]).values(shape![2, 2], &[1.0, 0.0, 1.0, 0.0]);
    let checked = case.run(|b, x| op!(b, kl_div(x[0], x[1], reduction = "batchmean")));
    assert_eq!(checked.output.data, [0.0], "probabilities of 0 cost nothing");
    let case = Case::new().values(shape![2, 1], &[3.0, 5.0]).values(shape![2, 1], &[1.0, 1.0]);
    let checked = case.run(|b, x| op!(b, kl_div(x[0], x[1], reduction = "batchmean")));
    assert_eq!(checked.output.data, [-4.0]);
}

#[test]
fn no_gradient_is_infinite_where_the_target_is_zero() {
    let case = Case::new().values(shape![1], &[-2.0]).values(shape![1], &[0.0]);
    let checked = case.run(|b, x| op!(b, kl_div(x[0], x[1], reduction = "none")));
    assert_eq!((checked.output.data[0], grad(&checked, 0)[0]), (0.0, 0.0));
    assert_eq!(grad(&checked, 1)[0], 2.0 * checked.grad_output.data[0]);
}

#[test]
fn problems() {
    check_pair_problems("kl_div", ["log_probs", "target"], |b, x, y, r| {
        try_op!(b, kl_div(x, y, reduction = r))
    });
}
