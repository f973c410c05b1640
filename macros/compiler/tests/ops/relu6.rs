//! Rectifier up to 6.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(0.1, 5.9, |b, x| op!(b, relu6(x)));
    check_unary(6.1, 9.0, |b, x| op!(b, relu6(x)));
    check_unary(-3.0, -0.1, |b, x| op!(b, relu6(x)));
}

#[test]
fn no_gradient_at_the_ends() {
    let checked = Case::new().values(shape![2], &[0.0, 6.0]).run(|b, x| op!(b, relu6(x[0])));
    assert_eq!(checked.output.data, [0.0, 6.0]);
    assert_eq!(grad(&checked, 0), [0.0, 0.0]);
}
