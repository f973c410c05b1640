//! Natural logarithm.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(0.3, 3.0, |b, x| op!(b, ln(x)));
}

#[test]
fn known_values() {
    for (x, y) in [(1.0, 0.0), (2.0, std::f64::consts::LN_2)] {
        let checked = Case::new().values(shape![], &[x]).run(|b, x| op!(b, ln(x[0])));
        assert!((checked.output.data[0] - y).abs() < 1e-12, "ln({x}) = {}", checked.output.data[0]);
    }
}

#[test]
fn outside_the_domain() {
    let checked = Case::new().values(shape![2], &[0.0, -1.0]).run(|b, x| op!(b, ln(x[0])));
    assert_eq!(checked.output.data[0], f64::NEG_INFINITY);
    assert!(checked.output.data[1].is_nan());
}
