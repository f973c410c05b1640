//! Mish.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-4.0, 4.0, |b, x| op!(b, mish(x)));
}

#[test]
fn gradient_at_edges() {
    let case = Case::new().values(shape![3], &[0.0, -30.0, 30.0]);
    case.check_twice(|b, x| op!(b, mish(x[0])));
}
