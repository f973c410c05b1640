//! Elements picked along an axis.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let cases = [
        (Case::new().input(shape![4]).labels(shape![6], &[3.0, 0.0, 0.0, 1.0, 3.0, 3.0]), 0, vec![6]),
        (Case::new().input(shape![2, 3]).labels(shape![2, 2], &[0.0, 2.0, 1.0, 1.0]), 1, vec![2, 2]),
        (Case::new().input(shape![2, 3]).labels(shape![1, 3], &[0.0, 1.0, 1.0]), 0, vec![1, 3]),
        (Case::new().input(shape![2, 3, 2]).labels(shape![2, 4, 2], &[0.0; 16]), -2, vec![2, 4, 2]),
        (Case::new().size("N", 2).input(shape![n, 3]).labels(shape![n, 1], &[2.0, 0.0]), 1, vec![2, 1]),
    ];
    for (case, axis, expected) in cases {
        assert_eq!(case.check(|b, x| op!(b, gather(x[0], axis, x[1]))).output.shape, expected);
        case.check_twice(|b, x| {
            let squares = op!(b, mul(x[0], x[0]));
            op!(b, gather(squares, axis, x[1]))
        });
    }
}

#[test]
fn an_index_may_be_shorter_along_the_other_axes() {
    let case = Case::new().input(shape![3, 4, 5]).labels(shape![2, 3, 1], &[3.0, 0.0, 1.0, 1.0, 2.0, 3.0]);
    let checked = case.check(|b, x| op!(b, gather(x[0], 1, x[1])));
    assert_eq!(checked.output.shape, [2, 3, 1]);
}

#[test]
fn computed_indices() {
    Case::new().input(shape![3, 5]).check(|b, x| {
        let place = op!(b, argmax(x[0], 1, keepdim = true));
        op!(b, gather(x[0], 1, place))
    });
}

#[test]
pub(crate) fn gradient_of_take_along() {
    let case = Case::new().input(shape![2, 3]).labels(shape![1, 4], &[2.0, 0.0, 2.0, 1.0]);
    assert_eq!(case.check(|b, x| op!(b, take_along(x[0], x[1], 1))).output.shape, [2, 4]);
    let case = Case::new().input(shape![1, 3]).labels(shape![2, 2], &[2.0, 0.0, 2.0, 1.0]);
    assert_eq!(case.check(|b, x| op!(b, take_along(x[0], x[1], axis = -1))).output.shape, [2, 2]);
    let case = Case::new().input(shape![2, 3]).labels(shape![2, 2], &[5.0, 0.0, 5.0, 1.0]);
    let checked = case.check(|b, x| op!(b, take_along(x[0], x[1])));
    assert_eq!(checked.output.shape, [4]);
    case.check_twice(|b, x| {
        let squares = op!(b, mul(x[0], x[0]));
        op!(b, take_along(squares, x[1]))
    });
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3]), f32(shape![2, 3])], |b, [x, i]| try_op!(b, gather(x, 0, i)));
    assert_eq!(
        text,
        "`index` of `gather` is a tensor of whole numbers, found a tensor of `f32` of shape [2, 3]\n\
         help: declare it `Tensor<u32, …>`, or take the places that `argmax`, `topk` or `sort` return\n\
         at 2"
    );
    let text = problem([f32(shape![2, 3]), u8(shape![2])], |b, [x, i]| try_op!(b, gather(x, 0, i)));
    assert_eq!(
        text,
        "`gather` of [2, 3] takes an `index` of 2 axes, found 1 [2]\n\
         help: give the index an axis for each of the tensor with `reshape`, or pick whole slices with `index_select`\n\
         at 2"
    );
    let text = problem([f32(shape![2, 3]), u8(shape![2, 4])], |b, [x, i]| try_op!(b, gather(x, 0, i)));
    assert_eq!(
        text,
        "`gather` of [2, 3] by an index [2, 4]: along axis 1 the index has size 4 and the tensor 3\n\
         help: along the other axes an index is at most as long as the tensor; shorten it, or `reshape` it\n\
         at 2"
    );
    let text = problem([f32(shape![2, 3]), u8(shape![3, 2])], |b, [x, i]| try_op!(b, take_along(x, i, 1)));
    assert!(text.starts_with("shapes [2, 1] and [3, 1] cannot be broadcast together"), "{text}");
}
