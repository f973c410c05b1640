//! Binary cross-entropy of scores.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let operands = |case: Case, shape: Vec<_>| case.input(shape.clone()).between(0.0, 1.0, shape);
    check_reductions(operands, |b, x, reduction| {
        op!(b, bce_with_logits_loss(x[0], x[1], reduction = reduction))
    });
    let case =
        operands(Case::new(), shape![4, 3]).between(0.5, 2.0, shape![3]).between(0.5, 2.0, shape![4, 1]);
    case.check_twice(|b, x| op!(b, bce_with_logits_loss(x[0], x[1], weight = x[3], pos_weight = x[2])));
    case.check(|b, x| op!(b, bce_with_logits_loss(x[0], x[1], x[2], "none")));
    case.check(|b, x| op!(b, bce_with_logits_loss(x[0], 1.0, pos_weight = x[2])));
}

#[test]
fn large_scores_do_not_overflow() {
    let case =
        Case::new().values(shape![4], &[1e4, -1e4, 1e4, -1e4]).values(shape![4], &[1.0, 0.0, 0.0, 1.0]);
    let checked = case.run(|b, x| op!(b, bce_with_logits_loss(x[0], x[1], reduction = "none")));
    assert_eq!(checked.output.data, [0.0, 0.0, 1e4, 1e4]);
    case.check_twice(|b, x| op!(b, bce_with_logits_loss(x[0], x[1])));
}

#[test]
fn problems() {
    let loss = |b: &mut _, x, y, r: &str| try_op!(b, bce_with_logits_loss(x, y, reduction = r));
    check_pair_problems("bce_with_logits_loss", ["scores", "target"], loss);
    let text = problem([f32(shape![4, 3]), f32(shape![2])], |b, [x, w]| {
        try_op!(b, bce_with_logits_loss(x, x, pos_weight = w))
    });
    assert!(
        text.starts_with("`pos_weight` of `bce_with_logits_loss` has the shape [4, 3] or one that"),
        "{text}"
    );
}
