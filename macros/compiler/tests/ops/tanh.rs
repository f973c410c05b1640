//! Hyperbolic tangent.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-2.0, 2.0, |b, x| op!(b, tanh(x)));
}

#[test]
fn known_values() {
    for (x, y) in [(0.0, 0.0), (0.5, 0.462_117_157_260_009_8)] {
        let checked = Case::new().values(shape![], &[x]).run(|b, x| op!(b, tanh(x[0])));
        assert!((checked.output.data[0] - y).abs() < 1e-12, "tanh({x}) = {}", checked.output.data[0]);
    }
}
