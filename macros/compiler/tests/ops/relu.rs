//! Rectified linear unit.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-2.0, 2.0, |b, x| op!(b, relu(x)));
}

#[test]
fn gradient_at_zero_is_zero() {
    let values = [0.0, -0.0, -2.0, 3.0, f64::NAN];
    let checked = Case::new().values(shape![5], &values).run(|b, x| op!(b, relu(x[0])));
    assert_eq!(checked.output.data[..4], [0.0, 0.0, 0.0, 3.0]);
    assert!(checked.output.data[4].is_nan(), "a NaN is not hidden");
    let dy = &checked.grad_output.data;
    assert_eq!(grad(&checked, 0)[..4], [0.0, 0.0, 0.0, dy[3]]);
}
