//! Axes of size 1.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient_of_squeeze() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 1).input(shape![1, 3, 1, n]);
    assert_eq!(case.check(|b, x| op!(b, squeeze(x[0]))).output.shape, [3, 1]);
    assert_eq!(case.check(|b, x| op!(b, squeeze(x[0], 2))).output.shape, [1, 3, 1]);
    assert_eq!(case.check(|b, x| op!(b, squeeze(x[0], [0, -2]))).output.shape, [3, 1]);
    assert_eq!(Case::new().input(shape![1]).check(|b, x| op!(b, squeeze(x[0]))).output.shape, [0usize; 0]);
}

#[test]
pub(crate) fn gradient_of_unsqueeze() {
    let case = Case::new().input(shape![2, 3]);
    assert_eq!(case.check(|b, x| op!(b, unsqueeze(x[0], 0))).output.shape, [1, 2, 3]);
    assert_eq!(case.check(|b, x| op!(b, unsqueeze(x[0], 1))).output.shape, [2, 1, 3]);
    assert_eq!(case.check(|b, x| op!(b, unsqueeze(x[0], -1))).output.shape, [2, 3, 1]);
    assert_eq!(Case::new().input(shape![]).check(|b, x| op!(b, unsqueeze(x[0], 0))).output.shape, [1]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![1, 3])], |b, [x]| try_op!(b, squeeze(x, 1)));
    assert_eq!(
        text,
        "axis 1 of [1, 3] has size 3, and only axes of size 1 are dropped\n\
         help: name an axis of size 1, or pick one place with `at(axis, index)`\n\
         at 1"
    );
    let text = problem([f32(shape![1, 3])], |b, [x]| try_op!(b, unsqueeze(x, 3)));
    assert_eq!(
        text,
        "axis 3 is out of range for `unsqueeze`: the result has 3 axes\n\
         note: the tensor is [1, 3]\n\
         help: use 0 to 2, or -3 to -1\n\
         at 1"
    );
}
