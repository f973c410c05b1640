//! Copies side by side.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient_of_repeat() {
    let n = Size::symbol("N");
    for (shape, counts) in [
        (shape![2, 3], shape![2, 2]),
        (shape![2, 3], shape![1, 3]),
        (shape![2, 3], shape![2, 1, 1]),
        (shape![2, 3], shape![3, 2, 1, 2]),
        (shape![], shape![3]),
        (shape![n, 1], shape![2, 3]),
        (shape![2], shape![n]),
    ] {
        let case = Case::new().size("N", 3).input(shape);
        case.check_twice(|b, x| {
            let copies = op!(b, repeat(x[0], counts));
            op!(b, mul(copies, copies))
        });
    }
    let case = Case::new().values(shape![2], &[1.0, 2.0]);
    assert_eq!(case.run(|b, x| op!(b, repeat(x[0], [2]))).output.data, [1.0, 2.0, 1.0, 2.0]);
}

#[test]
pub(crate) fn gradient_of_tile() {
    let case = Case::new().input(shape![2, 3]);
    assert_eq!(case.check(|b, x| op!(b, tile(x[0], [2]))).output.shape, [2, 6]);
    assert_eq!(case.check(|b, x| op!(b, tile(x[0], [2, 1, 2]))).output.shape, [2, 2, 6]);
}

#[test]
pub(crate) fn gradient_of_repeat_interleave() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 2).input(shape![n, 3]);
    assert_eq!(case.check(|b, x| op!(b, repeat_interleave(x[0], 2, axis = 0))).output.shape, [4, 3]);
    assert_eq!(case.check(|b, x| op!(b, repeat_interleave(x[0], 3, -1))).output.shape, [2, 9]);
    assert_eq!(case.check(|b, x| op!(b, repeat_interleave(x[0], 2))).output.shape, [12]);
    assert_eq!(case.check(|b, x| op!(b, repeat_interleave(x[0], n, 1))).output.shape, [2, 6]);
    let case = Case::new().values(shape![2], &[1.0, 2.0]);
    let checked = case.run(|b, x| op!(b, repeat_interleave(x[0], 2, 0)));
    assert_eq!(checked.output.data, [1.0, 1.0, 2.0, 2.0]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, repeat(x, [2])));
    assert_eq!(
        text,
        "`repeat` takes a number for each of the 2 axes of [2, 3], found [2]\n\
         help: write 1 for an axis that stays as it is; `tile` adds them in front\n\
         at 1"
    );
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, repeat_interleave(x, 0, 0)));
    assert_eq!(text, "`count` of `repeat_interleave` is a size, at least 1, found 0\nat 1");
}
