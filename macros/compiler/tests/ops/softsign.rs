//! `x / (1 + |x|)`.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(0.1, 3.0, |b, x| op!(b, softsign(x)));
    check_unary(-3.0, -0.1, |b, x| op!(b, softsign(x)));
}

/// The first derivative is smooth at 0, and does not cancel far from it.
#[test]
fn gradient_at_zero_and_far_away() {
    let case = Case::new().values(shape![2], &[0.0, 1e6]);
    let checked = case.run(|b, x| op!(b, softsign(x[0])));
    let dy = &checked.grad_output.data;
    assert_eq!(grad(&checked, 0)[0], dy[0]);
    assert!((grad(&checked, 0)[1] / (dy[1] / 1_000_001f64.powi(2)) - 1.0).abs() < 1e-12);
}
