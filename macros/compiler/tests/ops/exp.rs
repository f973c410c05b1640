//! Exponential.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-2.0, 2.0, |b, x| op!(b, exp(x)));
}

#[test]
fn known_values() {
    for (x, y) in [(0.0, 1.0), (1.0, std::f64::consts::E)] {
        let checked = Case::new().values(shape![], &[x]).run(|b, x| op!(b, exp(x[0])));
        assert!((checked.output.data[0] - y).abs() < 1e-12, "exp({x}) = {}", checked.output.data[0]);
    }
}
