//! Inverse cosine.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-0.9, 0.9, |b, x| op!(b, acos(x)));
}
