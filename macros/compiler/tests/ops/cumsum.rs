//! Running sums.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    for (shape, axis) in [
        (shape![1], 0),
        (shape![7], 0),
        (shape![3, 4], 0),
        (shape![3, 4], -1),
        (shape![2, 3, 4], 1),
        (shape![n, 3], 0),
        (shape![2, n, 3], 1),
    ] {
        let case = Case::new().size("N", 5).input(shape);
        case.check_twice(|b, x| {
            let sums = op!(b, cumsum(x[0], axis));
            op!(b, mul(sums, sums))
        });
    }
}

#[test]
fn values() {
    let case = Case::new().values(shape![2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(case.run(|b, x| op!(b, cumsum(x[0], 1))).output.data, [1.0, 3.0, 6.0, 4.0, 9.0, 15.0]);
    assert_eq!(case.run(|b, x| op!(b, cumsum(x[0], 0))).output.data, [1.0, 2.0, 3.0, 5.0, 7.0, 9.0]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![])], |b, [x]| try_op!(b, cumsum(x, 0)));
    assert!(text.starts_with("axis 0 is out of range for `cumsum`: the tensor has 0 axes"), "{text}");
}
