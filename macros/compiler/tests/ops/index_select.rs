//! Whole slices picked along an axis.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let cases = [
        (Case::new().input(shape![3, 2]).labels(shape![4], &[2.0, 0.0, 2.0, 2.0]), 0, vec![4, 2]),
        (Case::new().input(shape![2, 3]).labels(shape![2], &[2.0, 0.0]), 1, vec![2, 2]),
        (Case::new().input(shape![2, 3, 2]).labels(shape![2, 2], &[2.0, 0.0, 0.0, 1.0]), 1, vec![2, 2, 2, 2]),
        (Case::new().input(shape![3]).labels(shape![], &[1.0]), 0, vec![]),
        (Case::new().size("N", 2).input(shape![3, 2]).labels(shape![n, 2], &[0.0; 4]), 0, vec![2, 2, 2]),
        (Case::new().size("N", 2).input(shape![n, 2]).labels(shape![3], &[1.0, 0.0, 1.0]), 0, vec![3, 2]),
    ];
    for (case, axis, expected) in cases {
        assert_eq!(case.check(|b, x| op!(b, index_select(x[0], axis, x[1]))).output.shape, expected);
        case.check_twice(|b, x| {
            let squares = op!(b, mul(x[0], x[0]));
            op!(b, index_select(squares, axis, x[1]))
        });
    }
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3]), f32(shape![2])], |b, [x, i]| try_op!(b, index_select(x, 0, i)));
    assert!(text.starts_with("`index` of `index_select` is a tensor of whole numbers"), "{text}");
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, index_select(x, 0, 1)));
    assert!(text.starts_with("`index` of `index_select` is a tensor of whole numbers, found 1"), "{text}");
    let text = problem([f32(shape![2, 3]), u8(shape![2])], |b, [x, i]| try_op!(b, index_select(x, 2, i)));
    assert!(text.starts_with("axis 2 is out of range for `index_select`: the tensor has 2 axes"), "{text}");
}
