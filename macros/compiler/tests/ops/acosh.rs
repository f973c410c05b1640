//! Inverse hyperbolic cosine.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(1.2, 5.0, |b, x| op!(b, acosh(x)));
}
