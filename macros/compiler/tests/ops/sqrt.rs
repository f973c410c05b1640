//! Square root.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(0.3, 3.0, |b, x| op!(b, sqrt(x)));
}

#[test]
fn known_values() {
    for (x, y) in [(0.0, 0.0), (2.25, 1.5)] {
        let checked = Case::new().values(shape![], &[x]).run(|b, x| op!(b, sqrt(x[0])));
        assert!((checked.output.data[0] - y).abs() < 1e-12, "sqrt({x}) = {}", checked.output.data[0]);
    }
}

#[test]
fn edge_of_the_domain() {
    let checked = Case::new().values(shape![2], &[0.0, -1.0]).run(|b, x| op!(b, sqrt(x[0])));
    assert!(checked.output.data[1].is_nan());
    assert!(grad(&checked, 0)[0].is_infinite(), "as in PyTorch");
}
