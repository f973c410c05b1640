//! `ln(1 + x)`.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-0.9, 4.0, |b, x| op!(b, ln_1p(x)));
}

#[test]
fn gradient_at_edges() {
    let case = Case::new().values(shape![3], &[0.0, 1e-6, 1e3]);
    case.check_twice(|b, x| op!(b, ln_1p(x[0])));
}
