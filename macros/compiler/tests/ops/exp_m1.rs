//! `exp(x) - 1`.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-3.0, 3.0, |b, x| op!(b, exp_m1(x)));
}

#[test]
fn gradient_at_edges() {
    let case = Case::new().values(shape![4], &[0.0, 1e-6, -20.0, 8.0]);
    case.check_twice(|b, x| op!(b, exp_m1(x[0])));
}
