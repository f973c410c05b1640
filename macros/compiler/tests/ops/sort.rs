//! Sorted order along an axis.

use crate::support::*;
use macrograd_compiler::graph::{Builder, Size, Value};

fn values(shape: Vec<Size>, data: &[f64], build: impl Fn(&mut Builder, Value) -> Value) -> Vec<f64> {
    Case::new().values(shape, data).run(|b, x| build(b, x[0])).output.data
}

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    for shape in [shape![5], shape![2, 5], shape![n, 4], shape![1]] {
        let case = Case::new().size("N", 3).input(shape);
        case.check(|b, x| many!(b, sort(x[0]))[0]);
        case.check(|b, x| many!(b, sort(x[0], 0, descending = true))[0]);
        case.check_twice(|b, x| {
            let squares = op!(b, mul(x[0], x[0]));
            many!(b, sort(squares, axis = 0))[0]
        });
    }
}

#[test]
pub(crate) fn places() {
    let data = [3.0, 1.0, f64::NAN, 1.0, -2.0, 3.0];
    assert_eq!(values(shape![6], &data, |b, x| op!(b, argsort(x))), [4.0, 1.0, 3.0, 0.0, 5.0, 2.0]);
    assert_eq!(
        values(shape![6], &data, |b, x| op!(b, argsort(x, descending = true))),
        [2.0, 0.0, 5.0, 1.0, 3.0, 4.0]
    );
    assert_eq!(values(shape![3, 2], &data, |b, x| op!(b, argsort(x, 0))), [2.0, 0.0, 0.0, 1.0, 1.0, 2.0]);
    let checked = Case::new().input(shape![3]).run(|b, x| op!(b, argsort(x[0])));
    assert!(checked.grads[0].is_none(), "a place has no gradient");
}

#[test]
pub(crate) fn gradient_of_topk() {
    let case = Case::new().input(shape![2, 6, 2]);
    for (k, axis) in [(1, 1), (4, 1), (6, 1), (2, -1), (2, 0)] {
        case.check(|b, x| many!(b, topk(x[0], k, axis))[0]);
        case.check(|b, x| many!(b, topk(x[0], k, axis, largest = false))[0]);
        case.check_twice(|b, x| {
            let squares = op!(b, mul(x[0], x[0]));
            many!(b, topk(squares, k, axis, sorted = false))[0]
        });
    }
    let data = [1.0, 5.0, 2.0, 5.0, f64::NAN];
    assert_eq!(values(shape![5], &data, |b, x| many!(b, topk(x, 3))[1]), [4.0, 1.0, 3.0]);
    assert_eq!(values(shape![5], &data, |b, x| many!(b, topk(x, 3, sorted = false))[1]), [1.0, 3.0, 4.0]);
    assert_eq!(values(shape![5], &data, |b, x| many!(b, topk(x, 2, largest = false))[1]), [0.0, 2.0]);
}

#[test]
pub(crate) fn gradient_of_kthvalue() {
    let case = Case::new().input(shape![3, 4]);
    assert_eq!(case.check(|b, x| many!(b, kthvalue(x[0], 2))[0]).output.shape, [3]);
    assert_eq!(case.check(|b, x| many!(b, kthvalue(x[0], 3, 0, keepdim = true))[0]).output.shape, [1, 4]);
    let data = [4.0, 1.0, 1.0, 3.0];
    assert_eq!(values(shape![4], &data, |b, x| many!(b, kthvalue(x, 2))[1]), [2.0]);
}

#[test]
pub(crate) fn gradient_of_median() {
    let n = Size::symbol("N");
    let case = Case::new().size("N", 5).input(shape![n, 4]);
    assert_eq!(case.check(|b, x| many!(b, median(x[0], 0))[0]).output.shape, [4]);
    assert_eq!(case.check(|b, x| many!(b, median(x[0], -1, keepdim = true))[0]).output.shape, [5, 1]);
    assert_eq!(case.check(|b, x| many!(b, median(x[0]))[0]).output.shape, [0usize; 0]);
    assert_eq!(case.check(|b, x| many!(b, median(x[0], keepdim = true))[0]).output.shape, [1, 1]);
    let data = [4.0, 1.0, 2.0, 3.0];
    assert_eq!(values(shape![4], &data, |b, x| many!(b, median(x))[0]), [2.0], "the lower of two");
    let with_nan = values(shape![4], &[4.0, f64::NAN, 2.0, f64::NAN], |b, x| many!(b, median(x, 0))[1]);
    assert_eq!(with_nan, [1.0], "the first NaN");
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3])], |b, [x]| try_many!(b, topk(x, 4)).map(|values| values[0]));
    assert_eq!(
        text,
        "`k` of `topk` is 4, but axis 1 has size 3\n\
         note: the tensor is [2, 3]\n\
         help: use 1 to 3, or another `axis`\n\
         at 1"
    );
    let text = problem([f32(shape![2, 3])], |b, [x]| try_many!(b, kthvalue(x, 0)).map(|values| values[0]));
    assert!(
        text.starts_with("`k` of `kthvalue` is a whole number known at compile time, at least 1"),
        "{text}"
    );
    let text = problem([u8(shape![2])], |b, [x]| try_many!(b, sort(x)).map(|values| values[0]));
    assert!(text.starts_with("`sort` takes an `f32` tensor as `x`, found `u8`"), "{text}");
    let text = problem([f32(shape![])], |b, [x]| try_op!(b, argsort(x)));
    assert!(text.starts_with("axis -1 is out of range for `argsort`: the tensor has 0 axes"), "{text}");
}
