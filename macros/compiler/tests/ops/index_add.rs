//! Whole slices added to places along an axis.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let index = [2.0, 0.0, 2.0];
    for case in [
        Case::new().input(shape![2, 4, 2]).labels(shape![3], &index).input(shape![2, 3, 2]),
        Case::new().size("N", 2).input(shape![n, 4]).labels(shape![3], &index).input(shape![n, 3]),
    ] {
        case.check(|b, x| op!(b, index_add(x[0], 1, x[1], x[2])));
        case.check(|b, x| op!(b, index_add(x[0], 1, x[1], x[2], alpha = -0.5)));
        case.check_twice(|b, x| {
            let squares = op!(b, mul(x[2], x[2]));
            op!(b, index_add(x[0], 1, x[1], squares, 2))
        });
    }
    let case = Case::new().input(shape![4]).labels(shape![2, 2], &[3.0, 3.0, 0.0, 1.0]).input(shape![2, 2]);
    case.check(|b, x| op!(b, index_add(x[0], 0, x[1], x[2])));
}

#[test]
fn problems() {
    let types = [f32(shape![2, 3]), u8(shape![4]), f32(shape![2, 3])];
    let text = problem(types, |b, [x, i, src]| try_op!(b, index_add(x, 1, i, src)));
    assert_eq!(
        text,
        "`index_add` to [2, 3] along axis 1 by an index [4] takes a `src` of shape [2, 4], found [2, 3]\n\
         help: give `src` the shape [2, 4]: one slice for each index\n\
         at 3"
    );
}
