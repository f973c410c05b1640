//! Binary cross-entropy of probabilities.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let operands = |case: Case, shape: Vec<_>| case.between(0.1, 0.9, shape.clone()).between(0.0, 1.0, shape);
    check_reductions(operands, |b, x, reduction| op!(b, bce_loss(x[0], x[1], reduction = reduction)));
    let case = operands(Case::new(), shape![4, 3]).between(0.5, 2.0, shape![3]);
    case.check_twice(|b, x| op!(b, bce_loss(x[0], x[1], x[2])));
    case.check(|b, x| op!(b, bce_loss(x[0], x[1], weight = x[2], reduction = "none")));
}

/// Probabilities of 0 and 1 cost at most 100, as in PyTorch.
#[test]
fn logarithms_are_clamped() {
    let case = Case::new().values(shape![4], &[0.0, 1.0, 0.0, 1.0]).values(shape![4], &[0.0, 1.0, 1.0, 0.0]);
    let checked = case.run(|b, x| op!(b, bce_loss(x[0], x[1], reduction = "none")));
    assert_eq!(checked.output.data, [0.0, 0.0, 100.0, 100.0]);
    let slopes: Vec<f64> =
        grad(&checked, 0).iter().zip(&checked.grad_output.data).map(|(a, b)| a / b).collect();
    let expected = [1.0, -1.0, -1e12, 1e12];
    assert!(slopes.iter().zip(expected).all(|(a, b)| (a / b - 1.0).abs() < 1e-9), "{slopes:?}");
    assert!(grad(&checked, 1).iter().all(|grad| grad.is_finite()));
    let checked = Case::new().values(shape![1], &[-0.5]).run(|b, x| op!(b, bce_loss(x[0], 1.0)));
    assert!(checked.output.data[0].is_nan(), "not a probability");
}

#[test]
fn problems() {
    check_pair_problems("bce_loss", ["probs", "target"], |b, x, y, r| {
        try_op!(b, bce_loss(x, y, reduction = r))
    });
    assert_eq!(
        problem([f32(shape![4, 3]), f32(shape![4])], |b, [x, w]| try_op!(b, bce_loss(x, x, weight = w))),
        "`weight` of `bce_loss` has the shape [4, 3] or one that broadcasts to it, found [4]\n\
         note: axes are aligned at the end, and a size of 1 is repeated\n\
         help: make the sizes equal, or insert an axis of size 1 with `reshape`\n\
         at 2"
    );
}
