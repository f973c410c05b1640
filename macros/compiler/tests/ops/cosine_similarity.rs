//! Cosines of angles.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for (x, y, axis) in [
        (shape![3, 5], shape![3, 5], 1),
        (shape![3, 5], shape![5], 1),
        (shape![2, 1, 4], shape![3, 4], -1),
        (shape![3, 2], shape![3, 2], 0),
    ] {
        let case = Case::new().input(x).input(y);
        case.check(|b, x| op!(b, cosine_similarity(x[0], x[1], axis = axis)));
        case.check_twice(|b, x| op!(b, cosine_similarity(x[0], x[1], axis = axis, eps = 0.1)));
    }
    let case = Case::new().values(shape![1, 2], &[2.0, 0.0]).values(shape![1, 2], &[-3.0, 0.0]);
    assert_eq!(case.check(|b, x| op!(b, cosine_similarity(x[0], x[1]))).output.data, [-1.0]);
}

#[test]
fn vectors_without_length_have_no_angle() {
    let case = Case::new().values(shape![1, 2], &[0.0, 0.0]).values(shape![1, 2], &[1.0, 1.0]);
    let checked = case.check(|b, x| op!(b, cosine_similarity(x[0], x[1], eps = 0.1)));
    assert_eq!((checked.output.data[0], grad(&checked, 1)), (0.0, &[0.0, 0.0][..]));
}

#[test]
fn problems() {
    let types = || [f32(shape![4, 3]), f32(shape![2, 3])];
    let text = problem(types(), |b, [x, y]| try_op!(b, cosine_similarity(x, y)));
    assert!(text.starts_with("shapes [4, 3] and [2, 3] cannot be broadcast together"), "{text}");
    let text = problem(types(), |b, [x, _]| try_op!(b, cosine_similarity(x, x, axis = 2)));
    assert!(
        text.starts_with("axis 2 is out of range for `cosine_similarity`: the tensor has 2 axes"),
        "{text}"
    );
}
