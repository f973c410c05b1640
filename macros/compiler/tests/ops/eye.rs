//! The identity matrix.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn values() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 2).input(shape![2, n]);
    assert_eq!(case.run(|b, _| op!(b, eye(2))).output.data, [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(case.run(|b, _| op!(b, eye(2, 3))).output.data, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    assert_eq!(case.run(|b, _| op!(b, eye(3, m = 1))).output.data, [1.0, 0.0, 0.0]);
    case.check(|b, x| {
        let identity = op!(b, eye(n));
        op!(b, matmul(x[0], identity))
    });
}

#[test]
fn problems() {
    let text = problem([], |b, []| try_op!(b, eye(0)));
    assert_eq!(text, "`n` of `eye` is a size, at least 1, found 0\nat 0");
}
