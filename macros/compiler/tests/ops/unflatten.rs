//! One axis as several.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let case = Case::new().input(shape![2, 12, 3]);
    for (axis, sizes, expected) in [
        (1i64, vec![3i64, 4], vec![2, 3, 4, 3]),
        (1, vec![-1, 2, 2], vec![2, 3, 2, 2, 3]),
        (-2, vec![6, -1], vec![2, 6, 2, 3]),
        (1, vec![12], vec![2, 12, 3]),
        (1, vec![-1], vec![2, 12, 3]),
        (-1, vec![1, -1, 3], vec![2, 12, 1, 1, 3]),
        (0, vec![1, 2], vec![1, 2, 12, 3]),
    ] {
        let checked = case.check(|b, x| op!(b, unflatten(x[0], axis, sizes.clone())));
        assert_eq!(checked.output.shape, expected);
    }
    let case = Case::new().size("N", 3).input(shape![n.mul(&4.into()), 2]);
    let checked = case.check(|b, x| op!(b, unflatten(x[0], 0, vec![n.clone(), 4.into()])));
    assert_eq!(checked.output.shape, [3, 4, 2]);
    let checked = case.check(|b, x| op!(b, unflatten(x[0], 0, [-1, 2])));
    assert_eq!(checked.output.shape, [6, 2, 2]);
    let checked = case.check(|b, x| op!(b, unflatten(x[0], 0, vec![n.clone(), Size::literal(-1)])));
    assert_eq!(checked.output.shape, [3, 4, 2]);
}

#[test]
fn undoes_flatten() {
    let checked = Case::new().input(shape![2, 3, 4]).run(|b, x| {
        let flat = op!(b, flatten(x[0], 1));
        let same = op!(b, unflatten(flat, 1, [3, 4]));
        op!(b, sub(same, x[0]))
    });
    assert_eq!(checked.output.data, [0.0; 24]);
}

#[test]
fn problems() {
    let x = || [f32(shape![2, 12])];
    let text = problem(x(), |b, [x]| try_op!(b, unflatten(x, 1, [5, 2])));
    assert_eq!(
        text,
        "axis 1 has size 12, but the product of [5, 2] is 10\n\
         note: the tensor is [2, 12]\n\
         help: change one of the sizes, or write -1 for the one that follows from the others\n\
         at 2"
    );
    let text = problem(x(), |b, [x]| try_op!(b, unflatten(x, 1, [5, -1])));
    assert_eq!(
        text,
        "axis 1 has size 12, which 5, the product of the sizes beside -1 in [5, -1], does not divide\n\
         note: the tensor is [2, 12]\n\
         help: choose sizes whose product divides 12\n\
         at 2"
    );
    let text = problem(x(), |b, [x]| try_op!(b, unflatten(x, 1, [-1, 2, -1])));
    assert_eq!(
        text,
        "one size of `unflatten` can follow from the others, but [-1, 2, -1] has 2 times -1\n\
         note: the tensor is [2, 12]\n\
         help: write all sizes but one\n\
         at 2"
    );
    let text = problem(x(), |b, [x]| try_op!(b, unflatten(x, 1, [0, 2])));
    assert_eq!(
        text,
        "sizes of `unflatten` are at least 1, or -1, found 0 in [0, 2]\n\
         help: write the size itself, or -1 for the one that follows from the others\n\
         at 2"
    );
    for text in [
        problem(x(), |b, [x]| try_op!(b, unflatten(x, 1, 12))),
        problem(x(), |b, [x]| try_op!(b, unflatten(x, 1, [2.5, 2.0]))),
    ] {
        assert!(text.starts_with("`sizes` of `unflatten` is a list of sizes, found "), "{text}");
    }
    let text = problem(x(), |b, [x]| try_op!(b, unflatten(x, 2, [3, 4])));
    assert!(text.starts_with("axis 2 is out of range for `unflatten`: the tensor has 2 axes"), "{text}");
    let text = problem([f32(shape![Size::symbol("N"), 2])], |b, [x]| try_op!(b, unflatten(x, 0, [-1, 2])));
    assert!(
        text.starts_with(
            "axis 0 has size N, which 2, the product of the sizes beside -1 in [-1, 2], does not divide"
        ),
        "{text}"
    );
}
