//! Slicing.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let case = Case::new().input(shape![3, 4, 5]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], .., 1..3, 2..))).output.shape, [3, 2, 3]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], 1))).output.shape, [4, 5]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], -1, .., 0))).output.shape, [4]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], 2, 3, 4))).output.shape, [0usize; 0]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], ..2))).output.shape, [2, 4, 5]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], 0..1))).output.shape, [1, 4, 5]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0]))).output.shape, [3, 4, 5]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], .., ..))).output.shape, [3, 4, 5]);
    assert_eq!(Case::new().input(shape![1]).check(|b, x| op!(b, slice(x[0], 0))).output.shape, [0usize; 0]);
}

#[test]
pub(crate) fn gradient_of_at() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 3).input(shape![2, n, 4]);
    assert_eq!(case.check(|b, x| op!(b, at(x[0], 1, 2))).output.shape, [2, 4]);
    assert_eq!(case.check(|b, x| op!(b, at(x[0], -1, index = -1))).output.shape, [2, 3]);
    assert_eq!(case.check(|b, x| op!(b, at(x[0], 1, n.sub(&1.into())))).output.shape, [2, 4]);
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, at(x, 1, 3)));
    assert_eq!(
        text,
        "index 3 is outside axis 1, which has size 3\n\
         note: the tensor is [2, 3]\n\
         help: use 0 to 2, or -3 to -1\n\
         at 2"
    );
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, at(x, 1, 0..2)));
    assert_eq!(
        text,
        "`index` of `at` is a whole number, found a range\n\
         help: `slice` takes ranges: `x.slice(.., 0..64)`\n\
         at 2"
    );
}

#[test]
fn second_gradient() {
    Case::new().input(shape![3, 5]).check_twice(|b, x| {
        let (left, right) = (op!(b, slice(x[0], .., 0..3)), op!(b, slice(x[0], .., 2..)));
        let product = op!(b, mul(left, right));
        op!(b, mul(product, left))
    });
}

#[test]
fn named_axes_may_leave_others_out() {
    let case = Case::new().input(shape![3, 4, 5]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], axis1 = 1..3))).output.shape, [3, 2, 5]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], 0, axis2 = 4))).output.shape, [4]);
}

#[test]
fn run_time_sizes() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 5).input(shape![n, 3]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], 1..))).output.shape, [4, 3]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], -1))).output.shape, [3]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], ..n.sub(&2.into()), 1))).output.shape, [3]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], n.floor_div(2)))).output.shape, [3]);
    assert_eq!(case.check(|b, x| op!(b, slice(x[0], .., 0..2))).output.shape, [5, 2]);
}

#[test]
fn problems() {
    let x = || [f32(shape![3, 4])];
    let text = problem(x(), |b, [x]| try_op!(b, slice(x, 0, 0, 0)));
    assert_eq!(
        text,
        "3 indices for the 2 axes of [3, 4]\n\
         help: give at most one index for each axis\n\
         at 3"
    );
    let text = problem(x(), |b, [x]| try_op!(b, slice(x, 3)));
    assert_eq!(
        text,
        "index 3 is outside axis 0, which has size 3\n\
         note: the tensor is [3, 4]\n\
         help: use 0 to 2, or -3 to -1\n\
         at 1"
    );
    let text = problem(x(), |b, [x]| try_op!(b, slice(x, 0, -5)));
    assert!(text.starts_with("index -5 is outside axis 1, which has size 4"), "{text}");
    let text = problem(x(), |b, [x]| try_op!(b, slice(x, .., 2..7)));
    assert_eq!(
        text,
        "2..7 is not a non-empty part of axis 1, which has size 4\n\
         note: the tensor is [3, 4]\n\
         help: a range starts at 0 or later and ends, exclusive, at 4 or before\n\
         at 2"
    );
    for (start, end) in [(2, 2), (3, 1), (-2, 1)] {
        let text = problem(x(), |b, [x]| try_op!(b, slice(x, .., start..end)));
        assert!(text.contains("is not a non-empty part of axis 1"), "{text}");
    }
    let n = Size::symbol("N");
    let text = problem([f32(shape![n])], |b, [x]| try_op!(b, slice(x, ..n.add(&1.into()))));
    assert!(text.starts_with("0..N + 1 is not a non-empty part of axis 0, which has size N"), "{text}");
    let text = problem([f32(shape![n])], |b, [x]| try_op!(b, slice(x, n)));
    assert_eq!(
        text,
        "index N is outside axis 0, which has size N\n\
         note: the tensor is [N]\n\
         help: use 0 to N - 1, or a negative number to count from the end\n\
         at 1"
    );
    let text = problem(x(), |b, [x]| try_op!(b, slice(x, 0.5)));
    assert_eq!(text, "an index is a range such as `0..64`, `..`, or a whole number, found 0.5\nat 1");
}
