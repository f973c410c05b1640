//! Scaled exponential linear unit.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(0.1, 3.0, |b, x| op!(b, selu(x)));
    check_unary(-3.0, -0.1, |b, x| op!(b, selu(x)));
}
