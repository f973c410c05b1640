//! Inverse square root.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(0.1, 4.0, |b, x| op!(b, rsqrt(x)));
}
