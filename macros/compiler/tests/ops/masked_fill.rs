//! A number where a condition holds.

use crate::support::*;
use macrograd_compiler::graph::{Builder, Value};

fn fill(b: &mut Builder, x: Value, condition: Value, value: impl ToArgument) -> Value {
    let mask = op!(b, gt(condition, 0.0));
    op!(b, masked_fill(x, mask, value.to_argument()))
}

#[test]
pub(crate) fn gradient() {
    for mask in [shape![2, 3], shape![3], shape![2, 1], shape![]] {
        let case = Case::new().input(shape![2, 3]).input(mask).input(shape![]);
        case.check_twice(|b, x| {
            let filled = fill(b, x[0], x[1], 2.0);
            op!(b, mul(filled, filled))
        });
        case.check(|b, x| fill(b, x[0], x[1], x[2]));
    }
    let case = Case::new().values(shape![3], &[1.0, 2.0, 3.0]).values(shape![3], &[1.0, 0.0, 1.0]);
    let infinity = f64::NEG_INFINITY;
    let checked = case.run(|b, x| fill(b, x[0], x[1], infinity));
    assert_eq!(checked.output.data, [infinity, 2.0, infinity]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![3]), f32(shape![3])], |b, [x, y]| try_op!(b, masked_fill(x, y, 0.0)));
    assert_eq!(
        text,
        "`mask` of `masked_fill` is the result of a comparison, found a tensor of `f32`\n\
         help: compare it, for instance `mask > 0.0`\n\
         at 1"
    );
    let text = problem([f32(shape![3]), f32(shape![2, 3])], |b, [x, y]| {
        let mask = op!(b, gt(y, 0.0));
        try_op!(b, masked_fill(x, mask, 0.0))
    });
    assert_eq!(
        text,
        "a mask [2, 3] does not broadcast to [3]\n\
         help: make the sizes of the mask equal to those of `x`, or 1\n\
         at 1"
    );
    let text = problem([f32(shape![3])], |b, [x]| {
        let mask = op!(b, gt(x, 0.0));
        try_op!(b, masked_fill(x, mask, x))
    });
    assert_eq!(
        text,
        "`value` of `masked_fill` is one number, found a tensor of shape [3]\n\
         help: `select(mask, value, x)` chooses between tensors\n\
         at 2"
    );
}
