//! Inverse tangent.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-3.0, 3.0, |b, x| op!(b, atan(x)));
}

#[test]
fn gradient_at_edges() {
    let case = Case::new().values(shape![3], &[0.0, 50.0, -50.0]);
    case.check_twice(|b, x| op!(b, atan(x[0])));
}
