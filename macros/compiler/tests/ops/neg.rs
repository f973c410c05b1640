//! Negation.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-2.0, 2.0, |b, x| op!(b, neg(x)));
}

#[test]
fn known_values() {
    let checked = Case::new().values(shape![2], &[1.5, -2.0]).run(|b, x| op!(b, neg(x[0])));
    assert_eq!(checked.output.data, [-1.5, 2.0]);
}
