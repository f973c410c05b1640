//! Scores of the right classes a margin above the others.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let case =
        || Case::new().input(shape![3, 4]).labels(shape![3], &[0.0, 3.0, 3.0]).between(0.5, 2.0, shape![4]);
    for reduction in ["none", "sum", "mean"] {
        for p in [1, 2] {
            case().check_twice(|b, x| op!(b, multi_margin_loss(x[0], x[1], p = p, reduction = reduction)));
        }
    }
    // Class weights are settings: no gradient reaches them.
    let checked = case().run(|b, x| op!(b, multi_margin_loss(x[0], x[1], margin = 0.5, weight = x[2])));
    assert!(checked.grads[2].is_none());
    let case = Case::new().input(shape![2, 1]).labels(shape![2], &[0.0, 0.0]);
    assert_eq!(case.check(|b, x| op!(b, multi_margin_loss(x[0], x[1]))).output.data, [0.0], "one class");
}

#[test]
fn problems() {
    let types = || [f32(shape![3, 4]), u8(shape![2]), f32(shape![3, 4, 2]), u8(shape![3, 2])];
    let text = problem(types(), |b, [x, y, _, _]| try_op!(b, multi_margin_loss(x, y)));
    assert!(text.starts_with("scores [3, 4] take labels [3], found [2]"), "{text}");
    let text = problem(types(), |b, [_, _, x, y]| try_op!(b, multi_margin_loss(x, y)));
    assert!(text.starts_with("`multi_margin_loss` takes scores [N, classes], found [3, 4, 2]"), "{text}");
    let types = || [f32(shape![3, 4]), u8(shape![3]), f32(shape![3])];
    let text = problem(types(), |b, [x, y, _]| try_op!(b, multi_margin_loss(x, y, p = 3)));
    assert!(text.starts_with("`p` of `multi_margin_loss` is 1 or 2, found 3"), "{text}");
    let text = problem(types(), |b, [x, y, w]| try_op!(b, multi_margin_loss(x, y, weight = w)));
    assert!(
        text.starts_with("`weight` of `multi_margin_loss` has one element per class, [4], found [3]"),
        "{text}"
    );
}
