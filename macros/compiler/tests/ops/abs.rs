//! Absolute value.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-2.0, 2.0, |b, x| op!(b, abs(x)));
}

#[test]
fn gradient_at_zero_is_zero() {
    let checked = Case::new().values(shape![4], &[0.0, -0.0, -2.0, 3.0]).run(|b, x| op!(b, abs(x[0])));
    assert_eq!(checked.output.data, [0.0, 0.0, 2.0, 3.0]);
    let dy = &checked.grad_output.data;
    assert_eq!(grad(&checked, 0), [0.0, 0.0, -dy[2], dy[3]]);
}
