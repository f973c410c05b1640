//! Axes from the last place to the first.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    for shape in [shape![2, 3, 4], shape![n, 3, 1]] {
        let case = Case::new().size("N", 4).input(shape);
        for axes in [vec![0], vec![1], vec![2], vec![0, -1], vec![0, 1, 2]] {
            case.check_twice(|b, x| {
                let flipped = op!(b, flip(x[0], axes));
                op!(b, mul(flipped, x[0]))
            });
        }
    }
    let case = Case::new().values(shape![2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(case.run(|b, x| op!(b, flip(x[0], 1))).output.data, [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, flip(x, [0, 0])));
    assert_eq!(text, "axis 0 appears twice in `axes` of `flip`\nhelp: name each axis once\nat 1");
}
