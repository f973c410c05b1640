//! Logic of truth values.

use crate::support::*;

use macrograd_compiler::graph::{Builder, Value};

/// What an operation makes of all pairs of truth values, `[false, true]` by `[false, true]`.
fn table(combine: impl Fn(&mut Builder, Value, Value) -> Value) -> Vec<f64> {
    let case = Case::new().values(shape![2, 1], &[0.0, 1.0]).values(shape![2], &[-1.0, 2.0]);
    let checked = case.run(|b, x| {
        let (left, right) = (op!(b, gt(x[0], 0.5)), op!(b, gt(x[1], 0.5)));
        let both = combine(b, left, right);
        op!(b, select(both, 1.0, 0.0))
    });
    assert!(checked.grads.iter().flatten().all(|grad| grad.data.iter().all(|&value| value == 0.0)));
    checked.output.data
}

#[test]
pub(crate) fn tables() {
    assert_eq!(table(|b, x, y| op!(b, logical_and(x, y))), [0.0, 0.0, 0.0, 1.0]);
    assert_eq!(table(|b, x, y| op!(b, logical_or(x, y))), [0.0, 1.0, 1.0, 1.0]);
    assert_eq!(table(|b, x, y| op!(b, logical_xor(x, y))), [0.0, 1.0, 1.0, 0.0]);
    let not_both = |b: &mut Builder, x: Value, y: Value| {
        let both = op!(b, logical_and(x, y));
        op!(b, logical_not(both))
    };
    assert_eq!(table(not_both), [1.0, 1.0, 1.0, 0.0]);
}

#[test]
fn numbers_are_not_truth_values() {
    let text = problem([f32(shape![2])], |b, [x]| {
        let condition = op!(b, gt(x, 0.0));
        try_op!(b, logical_or(condition, x))
    });
    assert_eq!(
        text,
        "`y` of `logical_or` is the result of a comparison, found a tensor of `f32`\n\
         help: compare it, for instance `x > 0.0`\n\
         at 1"
    );
}
