//! Squared error that grows linearly from some distance on.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let operands = |case: Case, shape: Vec<_>| case.input(shape.clone()).input(shape);
    check_reductions(operands, |b, x, reduction| op!(b, huber_loss(x[0], x[1], reduction = reduction)));
    check_reductions(operands, |b, x, reduction| op!(b, huber_loss(x[0], x[1], reduction, delta = 0.3)));
}

#[test]
fn gradient_at_edges() {
    let case = Case::new().values(shape![6], &[0.0, 0.499, 0.501, -0.499, -0.501, 9.0]);
    case.check_twice(|b, x| op!(b, huber_loss(x[0], 0.0, delta = 0.5)));
    let checked =
        Case::new().values(shape![1], &[0.5]).run(|b, x| op!(b, huber_loss(x[0], 0.0, delta = 0.5)));
    assert_eq!((checked.output.data[0], grad(&checked, 0)[0]), (0.125, 0.5 * checked.grad_output.data[0]));
}

#[test]
fn problems() {
    check_pair_problems("huber_loss", ["x", "target"], |b, x, y, r| {
        try_op!(b, huber_loss(x, y, reduction = r))
    });
    assert_eq!(
        problem([f32(shape![2])], |b, [x]| try_op!(b, huber_loss(x, x, delta = 0.0))),
        "`delta` of `huber_loss` is more than 0, found 0\nhelp: leave it out for 1\nat 3"
    );
}
