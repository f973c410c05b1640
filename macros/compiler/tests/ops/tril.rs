//! Triangles of matrices.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient_of_tril() {
    let n = Size::symbol("N");
    for shape in [shape![3, 4], shape![2, 4, 3], shape![n, n], shape![1, 1]] {
        let case = Case::new().size("N", 3).input(shape);
        for diagonal in [0, 1, -1, 9] {
            case.check_twice(|b, x| {
                let part = op!(b, tril(x[0], diagonal));
                op!(b, mul(part, part))
            });
        }
    }
    let case = Case::new().values(shape![2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(case.run(|b, x| op!(b, tril(x[0]))).output.data, [1.0, 0.0, 0.0, 4.0, 5.0, 0.0]);
}

#[test]
pub(crate) fn gradient_of_triu() {
    let case = Case::new().input(shape![2, 3, 4]);
    case.check(|b, x| op!(b, triu(x[0])));
    case.check(|b, x| op!(b, triu(x[0], diagonal = -2)));
    let case = Case::new().values(shape![2, 3], &[f64::NAN, 2.0, 3.0, f64::INFINITY, f64::NAN, 6.0]);
    let checked = case.run(|b, x| op!(b, triu(x[0], 1)));
    assert_eq!(checked.output.data, [0.0, 2.0, 3.0, 0.0, 0.0, 6.0], "what is cut off does not count");
}

#[test]
fn problems() {
    let text = problem([f32(shape![3])], |b, [x]| try_op!(b, tril(x)));
    assert_eq!(
        text,
        "`tril` takes matrices [.., rows, columns], found [3]\nhelp: add axes with `unsqueeze`\nat 0"
    );
    let text = problem([f32(shape![3, 3])], |b, [x]| try_op!(b, triu(x, 0.5)));
    assert_eq!(text, "`diagonal` of `triu` is a whole number known at compile time, found 0.5\nat 1");
}
