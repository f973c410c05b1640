//! Angle of a vector.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_binary(0.3, 2.0, |b, y, x| op!(b, atan2(y, x)));
    check_binary(-2.0, -0.3, |b, y, x| op!(b, atan2(y, x)));
}

#[test]
fn the_origin_has_no_gradient() {
    let case = Case::new().values(shape![2], &[0.0, 1e200]).values(shape![2], &[0.0, 1e200]);
    let checked = case.run(|b, x| op!(b, atan2(x[0], x[1])));
    assert_eq!(grad(&checked, 0)[0], 0.0);
    assert_eq!(grad(&checked, 1)[0], 0.0);
    // The square of the length overflows, the gradient does not.
    let expected = checked.grad_output.data[1] * 0.5e-200;
    assert!((grad(&checked, 0)[1] / expected - 1.0).abs() < 1e-12);
}
