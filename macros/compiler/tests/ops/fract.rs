//! What is behind the decimal point.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let checked = Case::new().values(shape![3], &[1.25, -1.25, 3.0]).run(|b, x| op!(b, fract(x[0])));
    assert_eq!(checked.output.data, [0.25, -0.25, 0.0]);
    assert_eq!(grad(&checked, 0), checked.grad_output.data);
    check_unary(1.1, 1.9, |b, x| op!(b, fract(x)));
}
