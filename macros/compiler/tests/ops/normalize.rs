//! Vectors of length 1.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for (shape, axis) in [(shape![3, 5], 1), (shape![3, 5], 0), (shape![2, 3, 2], -1)] {
        let case = Case::new().input(shape);
        for p in [1.0, 2.0, 3.0] {
            case.check_twice(|b, x| op!(b, normalize(x[0], p = p, axis = axis)));
        }
    }
    let checked = Case::new().values(shape![1, 2], &[3.0, 4.0]).check(|b, x| op!(b, normalize(x[0])));
    assert_eq!(checked.output.data, [0.6, 0.8]);
}

#[test]
fn short_vectors_are_divided_by_eps() {
    let case = Case::new().values(shape![2, 2], &[0.0, 0.0, 0.3, 0.4]);
    let checked = case.check(|b, x| op!(b, normalize(x[0], eps = 2.0)));
    assert_eq!(checked.output.data, [0.0, 0.0, 0.15, 0.2]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![3])], |b, [x]| try_op!(b, normalize(x)));
    assert!(text.starts_with("axis 1 is out of range for `normalize`: the tensor has 1 axis"), "{text}");
    let text = problem([f32(shape![3])], |b, [x]| try_op!(b, normalize(x, p = -1.0, axis = 0)));
    assert!(text.starts_with("`p` of `normalize` is the order of a norm, more than 0, found -1"), "{text}");
}
