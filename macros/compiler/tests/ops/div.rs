//! Division.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_binary(0.5, 2.0, |b, x, y| op!(b, div(x, y)));
}

#[test]
fn by_zero() {
    let case = Case::new().values(shape![2], &[1.0, -1.0]).values(shape![], &[0.0]);
    let checked = case.run(|b, x| op!(b, div(x[0], x[1])));
    assert_eq!(checked.output.data, [f64::INFINITY, f64::NEG_INFINITY]);
}
