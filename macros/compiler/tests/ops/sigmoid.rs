//! Logistic function.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-3.0, 3.0, |b, x| op!(b, sigmoid(x)));
}

#[test]
fn known_values() {
    for (x, y) in [(0.0, 0.5), (1000.0, 1.0), (-1000.0, 0.0)] {
        let checked = Case::new().values(shape![], &[x]).run(|b, x| op!(b, sigmoid(x[0])));
        assert!((checked.output.data[0] - y).abs() < 1e-12, "sigmoid({x}) = {}", checked.output.data[0]);
    }
}
