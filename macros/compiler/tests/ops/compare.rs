//! Comparisons.

use crate::support::*;
use macrograd_compiler::graph::{Builder, Value};

/// `x` of the comparison's truth value as 1 and 0, for less, equal, greater and NaN on the left.
fn truth(compare: impl Fn(&mut Builder, Value, Value) -> Value) -> Vec<f64> {
    let case = Case::new().values(shape![4], &[1.0, 2.0, 3.0, f64::NAN]).values(shape![], &[2.0]);
    let checked = case.run(|b, x| {
        let condition = compare(b, x[0], x[1]);
        op!(b, select(condition, 1.0, 0.0))
    });
    assert!(checked.grads.iter().flatten().all(|grad| grad.data.iter().all(|&value| value == 0.0)));
    checked.output.data
}

#[test]
pub(crate) fn orders() {
    assert_eq!(truth(|b, x, y| op!(b, gt(x, y))), [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(truth(|b, x, y| op!(b, ge(x, y))), [0.0, 1.0, 1.0, 0.0]);
    assert_eq!(truth(|b, x, y| op!(b, lt(x, y))), [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(truth(|b, x, y| op!(b, le(x, y))), [1.0, 1.0, 0.0, 0.0]);
}

#[test]
pub(crate) fn equality() {
    assert_eq!(truth(|b, x, y| op!(b, eq(x, y))), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(truth(|b, x, y| op!(b, ne(x, y))), [1.0, 0.0, 1.0, 1.0]);
}

#[test]
fn broadcast() {
    let case = Case::new().values(shape![2, 1], &[0.0, 1.0]).values(shape![2], &[0.5, 1.5]);
    let checked = case.run(|b, x| {
        let condition = op!(b, lt(x[0], x[1]));
        op!(b, select(condition, x[0], x[1]))
    });
    assert_eq!(checked.output.data, [0.0, 0.0, 0.5, 1.0]);
}

#[test]
fn truth_values_are_not_numbers() {
    let text = problem([f32(shape![3])], |b, [x]| {
        let condition = op!(b, gt(x, 0.0));
        try_op!(b, add(x, condition))
    });
    assert_eq!(
        text,
        "`add` takes an `f32` tensor as `y`, found `bool` of shape [3]\n\
         help: turn truth values into numbers with `as f32`\n\
         at 1"
    );
}

#[test]
fn whole_numbers_are_compared_exactly() {
    let case = Case::new().labels(shape![2, 2], &[0.0, 7.0, 255.0, 3.0]).labels(shape![2], &[3.0, 7.0]);
    let truth = |compare: fn(&mut Builder, &[Value]) -> Value| {
        case.run(|b, x| {
            let condition = compare(b, x);
            op!(b, to_f32(condition))
        })
        .output
        .data
    };
    assert_eq!(truth(|b, x| op!(b, lt(x[0], x[1]))), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(truth(|b, x| op!(b, eq(x[0], x[1]))), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(truth(|b, x| op!(b, ne(x[0], 0))), [0.0, 1.0, 1.0, 1.0]);
    assert_eq!(truth(|b, x| op!(b, ge(x[0], 7.0))), [0.0, 1.0, 1.0, 0.0]);
    let text = problem([f32(shape![2])], |b, [x]| {
        let whole = op!(b, cast(x, "i64"));
        try_op!(b, lt(whole, 2.5))
    });
    assert!(text.contains("as f32"), "{text}");
    let text = problem([f32(shape![2]), f32(shape![3])], |b, [x, y]| {
        let (x, y) = (op!(b, cast(x, "i64")), op!(b, cast(y, "u8")));
        try_op!(b, lt(x, y))
    });
    assert!(text.contains("axes are aligned at the end"), "{text}");
}
