//! Products of vectors.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient_of_outer() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 4).input(shape![n]).input(shape![3]);
    case.check_twice(|b, x| op!(b, outer(x[0], x[1])));
    case.check_twice(|b, x| op!(b, outer(x[0], x[0])));
}

#[test]
pub(crate) fn gradient_of_dot() {
    let n = Size::symbol("N");
    for shape in [shape![n], shape![1], shape![5]] {
        let case = Case::new().size("N", 4).input(shape.clone()).input(shape);
        case.check_twice(|b, x| op!(b, dot(x[0], x[1])));
        case.check_twice(|b, x| op!(b, dot(x[0], x[0])));
    }
}

#[test]
fn problems() {
    let text = problem([f32(shape![3]), f32(shape![4])], |b, [x, y]| try_op!(b, dot(x, y)));
    assert_eq!(
        text,
        "`dot` takes vectors of equal length, found 3 and 4\n\
         help: make the lengths equal; `outer` multiplies all pairs\n\
         at 1"
    );
    let text = problem([f32(shape![3]), f32(shape![3, 1])], |b, [x, y]| try_op!(b, outer(x, y)));
    assert_eq!(
        text,
        "`outer` takes 1 axes [len] as `y`, found 2 [3, 1]\nhelp: add or merge axes with `reshape`\nat 1"
    );
}
