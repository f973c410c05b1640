//! Flattening.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let case = Case::new().input(shape![2, 3, 4]);
    assert_eq!(case.check(|b, x| op!(b, flatten(x[0]))).output.shape, [24]);
    assert_eq!(case.check(|b, x| op!(b, flatten(x[0], 1))).output.shape, [2, 12]);
    assert_eq!(case.check(|b, x| op!(b, flatten(x[0], end = 1))).output.shape, [6, 4]);
    assert_eq!(case.check(|b, x| op!(b, flatten(x[0], -2, -1))).output.shape, [2, 12]);
    assert_eq!(case.check(|b, x| op!(b, flatten(x[0], 1, 1))).output.shape, [2, 3, 4]);
    assert_eq!(Case::new().input(shape![]).check(|b, x| op!(b, flatten(x[0]))).output.shape, [1]);
    let case = Case::new().size("N", 3).input(shape![n, 2, 2]);
    assert_eq!(case.check(|b, x| op!(b, flatten(x[0], 1))).output.shape, [3, 4]);
    assert_eq!(case.check(|b, x| op!(b, flatten(x[0], end = 1))).output.shape, [6, 2]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3, 4])], |b, [x]| try_op!(b, flatten(x, 2, 0)));
    assert_eq!(
        text,
        "`flatten` starts at axis 2, after its end 0\n\
         help: swap the two, or leave `end` out to flatten to the last axis\n\
         at 1"
    );
    let text = problem([f32(shape![2, 3, 4])], |b, [x]| try_op!(b, flatten(x, 3)));
    assert!(text.starts_with("axis 3 is out of range for `flatten`: the tensor has 3 axes"));
}
