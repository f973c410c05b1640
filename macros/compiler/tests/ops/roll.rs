//! Rotation.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    for shape in [shape![2, 3], shape![n, 3], shape![1, 1]] {
        let case = Case::new().size("N", 4).input(shape);
        for shift in [0, 1, -1, 5, -7] {
            case.check_twice(|b, x| {
                let rolled = op!(b, roll(x[0], shift, 0));
                op!(b, mul(rolled, x[0]))
            });
            case.check(|b, x| op!(b, roll(x[0], shift)));
            case.check(|b, x| op!(b, roll(x[0], [shift, 1], axes = [-1, 0])));
        }
    }
    let case = Case::new().values(shape![2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(case.run(|b, x| op!(b, roll(x[0], 1, 1))).output.data, [3.0, 1.0, 2.0, 6.0, 4.0, 5.0]);
    assert_eq!(case.run(|b, x| op!(b, roll(x[0], -1))).output.data, [2.0, 3.0, 4.0, 5.0, 6.0, 1.0]);
}

#[test]
fn problems() {
    let x = || [f32(shape![2, 3])];
    let text = problem(x(), |b, [x]| try_op!(b, roll(x, [1, 2])));
    assert_eq!(
        text,
        "`roll` without `axes` takes one shift, found 2\n\
         help: name an axis for each shift: `roll([1, -2], axes = [0, 1])`\n\
         at 1"
    );
    let text = problem(x(), |b, [x]| try_op!(b, roll(x, [1, 2], 0)));
    assert_eq!(
        text,
        "`roll` takes a shift for each axis, found 2 shifts for 1 axes\n\
         help: give `shifts` and `axes` the same length\n\
         at 2"
    );
    let text = problem(x(), |b, [x]| try_op!(b, roll(x, 0.5, 0)));
    assert_eq!(text, "`shifts` of `roll` is a whole number known at compile time, found 0.5\nat 1");
    let text = problem(x(), |b, [x]| try_op!(b, roll(x, [0.5], [0])));
    assert_eq!(text, "`shifts` of `roll` are whole numbers known at compile time\nat 1");
}
