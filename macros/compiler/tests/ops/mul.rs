//! Multiplication.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_binary(-2.0, 2.0, |b, x, y| op!(b, mul(x, y)));
}
