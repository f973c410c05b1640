//! Every few places along an axis.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    for (shape, axis) in
        [(shape![7], 0), (shape![2, 6], 1), (shape![5, 3], 0), (shape![n, 2], 0), (shape![1], 0)]
    {
        let case = Case::new().size("N", 5).input(shape);
        for step in [1, 2, 3, 8] {
            case.check_twice(|b, x| {
                let part = op!(b, step_by(x[0], step, axis));
                op!(b, mul(part, part))
            });
        }
    }
    let case = Case::new().values(shape![5], &[1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(case.run(|b, x| op!(b, step_by(x[0], 2, axis = 0))).output.data, [1.0, 3.0, 5.0]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![3])], |b, [x]| try_op!(b, step_by(x, 0, 0)));
    assert_eq!(
        text,
        "`step` of `step_by` is a whole number known at compile time, at least 1, found 0\nat 1"
    );
}
