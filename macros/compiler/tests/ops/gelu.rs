//! Gaussian error linear unit.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-3.0, 3.0, |b, x| op!(b, gelu(x)));
}

#[test]
fn known_values() {
    for (x, y) in [(0.0, 0.0), (1.0, 0.841_344_746_068_542_9)] {
        let checked = Case::new().values(shape![], &[x]).run(|b, x| op!(b, gelu(x[0])));
        assert!((checked.output.data[0] - y).abs() < 1e-12, "gelu({x}) = {}", checked.output.data[0]);
    }
}
