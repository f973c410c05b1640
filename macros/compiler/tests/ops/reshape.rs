//! The same elements in another shape.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let pairs = [
        (shape![], shape![1]),
        (shape![1], shape![]),
        (shape![2, 3, 4], shape![6, 4]),
        (shape![2, 3], shape![3, 2]),
        (shape![2, 3], shape![2, 3]),
        (shape![7], shape![1, 7, 1]),
        (shape![n, 2, 3], shape![n, 6]),
        (shape![n, 6], shape![n.mul(&2.into()), 3]),
        (shape![n], shape![1, n]),
    ];
    for (from, to) in pairs {
        let case = Case::new().size("N", 3).input(from);
        case.check_twice(|b, x| {
            let other = op!(b, reshape(x[0], to));
            op!(b, mul(other, other))
        });
    }
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, reshape(x, [4, 2])));
    assert_eq!(
        text,
        "[2, 3] holds 6 elements, but [4, 2] holds 8\n\
         help: a reshape keeps the number of elements; change one of the sizes\n\
         at 1"
    );
    let n = Size::symbol("N");
    let text = problem([f32(shape![n, 3])], |b, [x]| try_op!(b, reshape(x, [n.clone(), 4.into()])));
    assert!(text.starts_with("[N, 3] holds 3*N elements, but [N, 4] holds 4*N"));
    // The product of two wrong sizes must not pass for the number of elements.
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, reshape(x, [-2, -3])));
    assert_eq!(
        text,
        "sizes of `reshape` are at least 1, found -2 in [-2, -3]\n\
         help: write the size itself: none is inferred\n\
         at 1"
    );
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, reshape(x, 6)));
    assert_eq!(text, "`shape` of `reshape` is a list of sizes such as `[N, 28 * 28]`, found 6\nat 1");
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, reshape(x, [2.0])));
    assert_eq!(text, "`shape` of `reshape` is a list of sizes such as `[N, 28 * 28]`, found [2.0]\nat 1");
}
