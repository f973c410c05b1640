//! Diagonals.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient_of_diagonal() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 3).input(shape![3, 4, 2]);
    assert_eq!(case.check(|b, x| op!(b, diagonal(x[0]))).output.shape, [2, 3]);
    assert_eq!(case.check(|b, x| op!(b, diagonal(x[0], 1, 1, 2))).output.shape, [3, 1]);
    assert_eq!(case.check(|b, x| op!(b, diagonal(x[0], -2, axis1 = 1, axis2 = 0))).output.shape, [2, 2]);
    for offset in [-2, -1, 0, 1, 3] {
        Case::new().input(shape![3, 4]).check_twice(|b, x| {
            let part = op!(b, diagonal(x[0], offset));
            op!(b, mul(part, part))
        });
    }
    let case = Case::new().size("N", 3).input(shape![2, n, n]);
    assert_eq!(case.check(|b, x| op!(b, diagonal(x[0], 1, 1, 2))).output.shape, [2, 2]);
}

#[test]
pub(crate) fn gradient_of_diag() {
    let n = Size::symbol("N");
    for shape in [shape![3], shape![1], shape![n]] {
        let case = Case::new().size("N", 4).input(shape);
        for offset in [0, 2, -1] {
            case.check_twice(|b, x| {
                let matrix = op!(b, diag(x[0], offset));
                op!(b, mul(matrix, matrix))
            });
        }
    }
    let case = Case::new().values(shape![2], &[1.0, 2.0]);
    let expected = [0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0];
    assert_eq!(case.run(|b, x| op!(b, diag(x[0], 1))).output.data, expected);
    let case = Case::new().values(shape![2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(case.run(|b, x| op!(b, diag(x[0]))).output.data, [1.0, 5.0]);
    assert_eq!(case.run(|b, x| op!(b, diag(x[0], diagonal = 1))).output.data, [2.0, 6.0]);
}

#[test]
pub(crate) fn gradient_of_trace() {
    let n = Size::symbol("N");
    for shape in [shape![3, 3], shape![2, 4], shape![n, n]] {
        Case::new().size("N", 3).input(shape).check(|b, x| op!(b, trace(x[0])));
    }
}

#[test]
fn problems() {
    let text = problem([f32(shape![3, 4])], |b, [x]| try_op!(b, diagonal(x, 4)));
    assert_eq!(text, "diagonal 4 lies outside the matrices [3, 4]\nhelp: use -3 + 1 to 4 - 1\nat 1");
    let text = problem([f32(shape![3])], |b, [x]| try_op!(b, diagonal(x)));
    assert_eq!(text, "`diagonal` takes two axes, found [3]\nhelp: `diag` makes a matrix of a vector\nat 0");
    let text = problem([f32(shape![3, 4])], |b, [x]| try_op!(b, diagonal(x, 0, 1, -1)));
    assert_eq!(text, "`diagonal` takes two axes, found 1 twice\nhelp: name another axis\nat 3");
    let text = problem([f32(shape![3, 4, 5])], |b, [x]| try_op!(b, diag(x)));
    assert_eq!(
        text,
        "`diag` takes a vector or a matrix, found [3, 4, 5]\n\
         help: `diagonal` takes the diagonals of two axes of more\n\
         at 0"
    );
    let (n, m) = (Size::symbol("N"), Size::symbol("M"));
    let text = problem([f32(shape![n, m])], |b, [x]| try_op!(b, trace(x)));
    assert_eq!(
        text,
        "which of the axes N and M ends the diagonal of [N, M] is known at run time only\n\
         help: declare both axes with the same size, or cut the longer one with `slice`\n\
         at 0"
    );
}
