//! Reciprocal.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(0.2, 3.0, |b, x| op!(b, recip(x)));
    check_unary(-3.0, -0.2, |b, x| op!(b, recip(x)));
}
