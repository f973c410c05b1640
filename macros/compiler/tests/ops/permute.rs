//! Reordering of axes.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient_of_permute() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 2).input(shape![n, 3, 4]);
    for axes in [[0, 1, 2], [2, 0, 1], [1, 2, 0], [0, 2, 1], [-1, 1, 0]] {
        case.check_twice(|b, x| {
            let moved = op!(b, permute(x[0], axes));
            op!(b, mul(moved, moved))
        });
    }
    let checked = case.check(|b, x| op!(b, permute(x[0], [2, 0, 1])));
    assert_eq!(checked.output.shape, [4, 2, 3]);
    Case::new().input(shape![5]).check(|b, x| op!(b, permute(x[0], [0])));
    Case::new().input(shape![]).check(|b, x| op!(b, permute(x[0], Vec::<i64>::new())));
}

#[test]
pub(crate) fn gradient_of_transpose() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 5).input(shape![2, n, 3]);
    assert_eq!(case.check(|b, x| op!(b, transpose(x[0], -2, -1))).output.shape, [2, 3, 5]);
    assert_eq!(case.check(|b, x| op!(b, transpose(x[0], 0, 2))).output.shape, [3, 5, 2]);
    assert_eq!(case.check(|b, x| op!(b, transpose(x[0], 1, 1))).output.shape, [2, 5, 3]);
}

#[test]
pub(crate) fn gradient_of_swapaxes() {
    let case = Case::new().input(shape![2, 3, 4]);
    assert_eq!(case.check(|b, x| op!(b, swapaxes(x[0], 0, -1))).output.shape, [4, 3, 2]);
}

#[test]
pub(crate) fn gradient_of_t() {
    let case = Case::new().values(shape![2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let checked = case.check(|b, x| op!(b, t(x[0])));
    assert_eq!(checked.output.data, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    let n = Size::symbol("N");
    Case::new().size("N", 4).input(shape![n, 1]).check(|b, x| op!(b, t(x[0])));
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3, 4])], |b, [x]| try_op!(b, permute(x, [0, 0, 1])));
    assert_eq!(
        text,
        "`axes` of `permute` is a list in which each of the 3 axes stands once, found [0, 0, 1]\n\
         note: the tensor is [2, 3, 4]\n\
         help: write all axes in their new order, for instance `permute([2, 1, 0])`\n\
         at 1"
    );
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, permute(x, [0, 2])));
    assert!(text.contains("each of the 2 axes stands once, found [0, 2]"));
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, permute(x, 1)));
    assert!(text.contains("each of the 2 axes stands once, found 1"));
    let text = problem([f32(shape![2, 3, 4])], |b, [x]| try_op!(b, t(x)));
    assert_eq!(
        text,
        "`t` takes 2 axes [rows, columns] as `x`, found 3 [2, 3, 4]\n\
         help: use `transpose(-2, -1)` for the last two of more axes\n\
         at 0"
    );
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, transpose(x, 0, 2)));
    assert!(text.starts_with("axis 2 is out of range for `transpose`: the tensor has 2 axes"));
    assert!(text.ends_with("at 2"));
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, transpose(x, 0, 1.5)));
    assert_eq!(text, "`axis1` of `transpose` is an axis, found 1.5\nat 2");
}
