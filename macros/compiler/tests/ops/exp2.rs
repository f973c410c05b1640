//! Power of two.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-3.0, 3.0, |b, x| op!(b, exp2(x)));
}

#[test]
fn gradient_at_edges() {
    let case = Case::new().values(shape![3], &[0.0, -20.0, 8.0]);
    case.check_twice(|b, x| op!(b, exp2(x[0])));
}
