//! Focal loss.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let operands = |case: Case, shape: Vec<_>| case.input(shape.clone()).between(0.1, 0.9, shape);
    check_reductions(operands, |b, x, reduction| {
        op!(b, sigmoid_focal_loss(x[0], x[1], reduction = reduction))
    });
    for (alpha, gamma) in [(-1.0, 1.0), (0.3, 1.5), (0.75, 0.0), (0.25, 3.0), (1.0, 0.5)] {
        let case = operands(Case::new(), shape![2, 3]);
        case.check_twice(|b, x| op!(b, sigmoid_focal_loss(x[0], x[1], alpha, gamma)));
    }
}

#[test]
fn large_scores_neither_overflow_nor_lose_their_gradient() {
    let case =
        Case::new().values(shape![4], &[1e4, -1e4, 1e4, -1e4]).values(shape![4], &[1.0, 0.0, 0.0, 1.0]);
    for gamma in [0.5, 2.0] {
        let checked = case.run(|b, x| op!(b, sigmoid_focal_loss(x[0], x[1], alpha = -1.0, gamma = gamma)));
        assert_eq!(checked.output.data, [0.0, 0.0, 1e4, 1e4]);
        assert!(grad(&checked, 0).iter().all(|grad| grad.is_finite()));
    }
}

#[test]
fn problems() {
    check_pair_problems("sigmoid_focal_loss", ["scores", "target"], |b, x, y, r| {
        try_op!(b, sigmoid_focal_loss(x, y, reduction = r))
    });
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, sigmoid_focal_loss(x, x, alpha = 1.5)));
    assert!(
        text.starts_with(
            "`alpha` of `sigmoid_focal_loss` is the weight of targets of 1, at most 1, found 1.5"
        )
    );
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, sigmoid_focal_loss(x, x, gamma = -2.0)));
    assert!(text.starts_with("`gamma` of `sigmoid_focal_loss` is at least 0, found -2"), "{text}");
}
