//! Pairs of vectors that are close, or a margin apart.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let case = || Case::new().input(shape![4, 3]).input(shape![4, 3]).between(0.0, 1.0, shape![4]);
    for reduction in ["none", "sum", "mean"] {
        case().check_twice(|b, x| {
            op!(b, contrastive_loss(x[0], x[1], x[2], margin = 3.0, reduction = reduction))
        });
    }
    let case = Case::new().values(shape![2, 1], &[3.0, 3.0]).values(shape![2, 1], &[1.0, 1.0]);
    let case = case.values(shape![2], &[0.0, 1.0]);
    let checked = case.check(|b, x| op!(b, contrastive_loss(x[0], x[1], x[2], 5.0, 0.0, "none")));
    assert_eq!(checked.output.data, [2.0, 4.5]);
}

#[test]
fn problems() {
    let types = || [f32(shape![4, 3]), f32(shape![2, 3]), f32(shape![3])];
    let text = problem(types(), |b, [x, y, t]| try_op!(b, contrastive_loss(x, y, t)));
    assert!(text.starts_with("`other` of `contrastive_loss` has the shape [4, 3], found [2, 3]"), "{text}");
    let text = problem(types(), |b, [x, _, t]| try_op!(b, contrastive_loss(x, x, t)));
    assert!(text.starts_with("`target` of `contrastive_loss` has the shape [4], found [3]"), "{text}");
    let types = [f32(shape![4, 3]), f32(shape![4])];
    let text = problem(types, |b, [x, t]| try_op!(b, contrastive_loss(x, x, t, margin = -1.0)));
    assert!(text.starts_with("`margin` of `contrastive_loss` is more than 0, found -1"), "{text}");
}
