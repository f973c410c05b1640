//! Axes moved to other places.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let case = Case::new().input(shape![2, 3, 4, 5]);
    assert_eq!(case.check(|b, x| op!(b, movedim(x[0], 1, -1))).output.shape, [2, 4, 5, 3]);
    assert_eq!(case.check(|b, x| op!(b, movedim(x[0], 3, 0))).output.shape, [5, 2, 3, 4]);
    assert_eq!(case.check(|b, x| op!(b, movedim(x[0], [0, 1], [2, 0]))).output.shape, [3, 4, 2, 5]);
    assert_eq!(case.check(|b, x| op!(b, movedim(x[0], 2, 2))).output.shape, [2, 3, 4, 5]);
    assert_eq!(case.check(|b, x| op!(b, moveaxis(x[0], [-1, 0], [0, -1]))).output.shape, [5, 3, 4, 2]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, movedim(x, [0, 1], 0)));
    assert_eq!(
        text,
        "`movedim` takes a place for each axis, found 2 axes and 1 places\n\
         help: give `source` and `destination` the same length\n\
         at 2"
    );
}
