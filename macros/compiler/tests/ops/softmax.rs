//! Softmax and softmin.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    for (shape, axis) in [
        (shape![5], 0),
        (shape![1], 0),
        (shape![3, 5], 0),
        (shape![3, 5], -1),
        (shape![2, 5, 3], 1),
        (shape![4, 1], 1),
        (shape![n, 5], 1),
        (shape![5, n], -1),
    ] {
        let case = Case::new().size("N", 3).input(shape);
        case.check(|b, x| op!(b, softmax(x[0], axis = axis)));
        case.check_twice(|b, x| op!(b, softmax(x[0], axis = axis)));
    }
    let checked = Case::new().input(shape![3, 5]).check(|b, x| op!(b, softmax(x[0])));
    for row in checked.output.data.chunks(5) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "the last axis holds the classes");
    }
}

#[test]
pub(crate) fn gradient_of_softmin() {
    let case = Case::new().input(shape![3, 4]);
    case.check_twice(|b, x| op!(b, softmin(x[0], axis = 0)));
    let checked = case.run(|b, x| {
        let negated = op!(b, neg(x[0]));
        let (a, b2) = (op!(b, softmin(x[0])), op!(b, softmax(negated)));
        op!(b, sub(a, b2))
    });
    assert_eq!(checked.output.data, [0.0; 12]);
}

#[test]
fn large_scores_do_not_overflow() {
    let values = [1000.0, -1000.0, f64::NEG_INFINITY, 1000.0];
    let checked = Case::new().values(shape![4], &values).run(|b, x| op!(b, softmax(x[0])));
    assert_eq!(checked.output.data, [0.5, 0.0, 0.0, 0.5]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, softmax(x, axis = 2)));
    assert!(text.starts_with("axis 2 is out of range for `softmax`: the tensor has 2 axes"), "{text}");
    let text = problem([f32(shape![])], |b, [x]| try_op!(b, softmin(x)));
    assert!(text.starts_with("axis -1 is out of range for `softmin`: the tensor has 0 axes"), "{text}");
}
