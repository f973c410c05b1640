//! Ranking by a margin.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let targets = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
    for reduction in ["none", "sum", "mean"] {
        let case = Case::new().input(shape![2, 3]).input(shape![2, 3]).values(shape![2, 3], &targets);
        case.check_twice(|b, x| op!(b, margin_ranking_loss(x[0], x[1], x[2], reduction = reduction)));
        case.check_twice(|b, x| op!(b, margin_ranking_loss(x[0], x[1], x[2], 0.7, reduction)));
    }
    let checked = Case::new()
        .values(shape![1], &[2.0])
        .values(shape![1], &[2.0])
        .run(|b, x| op!(b, margin_ranking_loss(x[0], x[1], 1.0)));
    assert_eq!(grad(&checked, 0)[0], 0.0, "a tie does not push, as in PyTorch");
}

#[test]
fn problems() {
    check_pair_problems("margin_ranking_loss", ["x", "other"], |b, x, y, r| {
        try_op!(b, margin_ranking_loss(x, y, 1.0, reduction = r))
    });
    let text =
        problem([f32(shape![2, 3]), f32(shape![2])], |b, [x, t]| try_op!(b, margin_ranking_loss(x, x, t)));
    assert!(text.starts_with("`target` of `margin_ranking_loss` has the shape [2, 3], found [2]"), "{text}");
}
