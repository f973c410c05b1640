//! Sine.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-6.0, 6.0, |b, x| op!(b, sin(x)));
}

#[test]
fn gradient_at_edges() {
    let case = Case::new().values(shape![3], &[0.0, 100.0, -1e3]);
    case.check_twice(|b, x| op!(b, sin(x[0])));
}
