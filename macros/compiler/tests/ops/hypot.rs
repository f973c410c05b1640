//! Length of a vector.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_binary(0.3, 2.0, |b, x, y| op!(b, hypot(x, y)));
    check_binary(-2.0, -0.3, |b, x, y| op!(b, hypot(x, y)));
}
