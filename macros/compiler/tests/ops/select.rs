//! Choice by a condition.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let shapes = [
        [shape![3, 5], shape![3, 5], shape![3, 5]],
        [shape![5], shape![3, 1], shape![1, 5]],
        [shape![3, 5], shape![], shape![5]],
        [shape![n, 1], shape![3], shape![n, 3]],
    ];
    for [condition, x, y] in shapes {
        let case = Case::new().size("N", 2).input(condition).input(x).input(y);
        case.check_twice(|b, x| {
            let condition = op!(b, gt(x[0], 0.1));
            let (left, right) = (op!(b, mul(x[1], x[0])), op!(b, tanh(x[2])));
            op!(b, select(condition, left, right))
        });
    }
}

/// At 0 the root has an infinite derivative: what is not chosen gets 0 times that, as in PyTorch. Choosing before
/// the root keeps it out.
#[test]
fn choose_before_a_function_with_an_infinite_derivative() {
    let case = Case::new().values(shape![2], &[0.0, 4.0]);
    let checked = case.run(|b, x| {
        let condition = op!(b, gt(x[0], 1.0));
        let root = op!(b, sqrt(x[0]));
        op!(b, select(condition, root, 0.0))
    });
    assert_eq!(checked.output.data, [0.0, 2.0]);
    assert!(grad(&checked, 0)[0].is_nan());
    let checked = case.run(|b, x| {
        let condition = op!(b, gt(x[0], 1.0));
        let safe = op!(b, select(condition, x[0], 1.0));
        let root = op!(b, sqrt(safe));
        op!(b, select(condition, root, 0.0))
    });
    assert_eq!(checked.output.data, [0.0, 2.0]);
    assert_eq!(grad(&checked, 0), [0.0, 0.25 * checked.grad_output.data[1]]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, select(x, x, x)));
    assert_eq!(
        text,
        "`condition` of `select` is the result of a comparison, found a tensor of `f32`\n\
         help: compare it, for instance `x > 0.0`\n\
         at 0"
    );
    let text = problem([f32(shape![2]), f32(shape![3])], |b, [x, y]| {
        let condition = op!(b, gt(x, 0.0));
        try_op!(b, select(condition, y, y))
    });
    assert_eq!(
        text,
        "shapes [2] and [3] cannot be broadcast together: axis 1 from the end is 2 and 3\n\
         note: axes are aligned at the end, and a size of 1 is repeated\n\
         help: make the sizes equal, or insert an axis of size 1 with `reshape`"
    );
}
