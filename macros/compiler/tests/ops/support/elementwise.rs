//! Shapes on which every element-wise operation is checked.

use super::{Case, shape};
use macrograd_compiler::graph::{Builder, Size, Value};

/// Checks an element-wise function of one argument from `low` to `high`: a scalar, one element, an odd number of
/// them, and a run-time dimension; once and twice differentiated.
pub(crate) fn check_unary(low: f64, high: f64, build: impl Fn(&mut Builder, Value) -> Value) {
    let n = Size::symbol("N");
    for shape in [shape![], shape![1], shape![3, 5], shape![n, 3]] {
        let case = Case::new().size("N", 2).between(low, high, shape);
        case.check(|b, x| build(b, x[0]));
        case.check_twice(|b, x| build(b, x[0]));
    }
}

/// Checks an element-wise function of two arguments from `low` to `high`: equal shapes, sizes 1 and missing axes on
/// either side and on both, and run-time dimensions; once and twice differentiated.
pub(crate) fn check_binary(low: f64, high: f64, build: impl Fn(&mut Builder, Value, Value) -> Value) {
    let n = Size::symbol("N");
    let shapes = [
        (shape![], shape![]),
        (shape![1], shape![1]),
        (shape![3, 5], shape![3, 5]),
        (shape![3, 5], shape![5]),
        (shape![3, 5], shape![]),
        (shape![], shape![3, 5]),
        (shape![1, 5], shape![3, 1]),
        (shape![2, 1, 3], shape![4, 1]),
        (shape![n, 3], shape![3]),
        (shape![1, 3], shape![n, 1]),
    ];
    for (left, right) in shapes {
        let case = Case::new().size("N", 2).between(low, high, left).between(low, high, right);
        case.check(|b, x| build(b, x[0], x[1]));
        case.check_twice(|b, x| build(b, x[0], x[1]));
    }
    // The same operand twice, and a number instead of a tensor.
    let case = Case::new().between(low, high, shape![3]);
    case.check(|b, x| build(b, x[0], x[0]));
    case.check(|b, x| {
        let number = b.constant(0.75);
        build(b, number, x[0])
    });
    case.check(|b, x| {
        let number = b.constant(0.75);
        build(b, x[0], number)
    });
}
