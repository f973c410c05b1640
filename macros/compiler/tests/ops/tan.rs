//! Tangent.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-1.2, 1.2, |b, x| op!(b, tan(x)));
}

#[test]
fn gradient_at_edges() {
    let case = Case::new().values(shape![3], &[0.0, 2.0, -3.0]);
    case.check_twice(|b, x| op!(b, tan(x[0])));
}
