//! Distances of vectors.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for (x, y) in [
        (shape![4], shape![4]),
        (shape![3, 5], shape![3, 5]),
        (shape![2, 1, 4], shape![3, 4]),
        (shape![3, 1], shape![3, 1]),
    ] {
        let case = Case::new().input(x).input(y);
        for p in [1.0, 2.0, 3.0, 1.5, 0.5, f64::INFINITY] {
            case.check(|b, x| op!(b, pairwise_distance(x[0], x[1], p = p)));
            case.check_twice(|b, x| op!(b, pairwise_distance(x[0], x[1], p = p, eps = 0.0, keepdim = true)));
        }
    }
    let case = Case::new().values(shape![1, 2], &[3.0, 0.0]).values(shape![1, 2], &[0.0, 4.0]);
    let checked = case.run(|b, x| op!(b, pairwise_distance(x[0], x[1], eps = 0.0)));
    assert_eq!((checked.output.data[0], checked.output.shape.len()), (5.0, 1));
}

#[test]
fn equal_vectors_have_no_gradient() {
    for p in [1.0, 2.0, 3.0, 1.5, f64::INFINITY] {
        let case = Case::new().values(shape![3], &[1.0, 2.0, 3.0]);
        let checked = case.run(|b, x| op!(b, pairwise_distance(x[0], x[0], p = p, eps = 0.0)));
        assert_eq!((checked.output.data[0], grad(&checked, 0)), (0.0, &[0.0; 3][..]), "p = {p}");
    }
    let case = Case::new().values(shape![2], &[f64::NAN, 2.0]).values(shape![2], &[0.0; 2]);
    assert!(case.run(|b, x| op!(b, pairwise_distance(x[0], x[1]))).output.data[0].is_nan());
}

#[test]
fn problems() {
    assert_eq!(
        problem([f32(shape![2, 3]), f32(shape![2, 1])], |b, [x, y]| try_op!(b, pairwise_distance(x, y))),
        "`pairwise_distance` compares vectors along the last axis, found [2, 3] and [2, 1]\n\
         help: give both a last axis of the same size\n\
         at 1"
    );
    let text =
        problem([f32(shape![4, 3]), f32(shape![2, 3])], |b, [x, y]| try_op!(b, pairwise_distance(x, y)));
    assert!(text.starts_with("shapes [4, 3] and [2, 3] cannot be broadcast together"), "{text}");
    let text = problem([f32(shape![3])], |b, [x]| try_op!(b, pairwise_distance(x, x, p = 0.0)));
    assert!(
        text.starts_with("`p` of `pairwise_distance` is the order of a norm, more than 0, found 0"),
        "{text}"
    );
}
