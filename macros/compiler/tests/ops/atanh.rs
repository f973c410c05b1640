//! Inverse hyperbolic tangent.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-0.8, 0.8, |b, x| op!(b, atanh(x)));
}
