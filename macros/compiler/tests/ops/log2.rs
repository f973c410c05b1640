//! Logarithm to base 2.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(0.1, 4.0, |b, x| op!(b, log2(x)));
}
