//! Piecewise linear sigmoid.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-2.9, 2.9, |b, x| op!(b, hardsigmoid(x)));
    check_unary(3.1, 5.0, |b, x| op!(b, hardsigmoid(x)));
    check_unary(-5.0, -3.1, |b, x| op!(b, hardsigmoid(x)));
}

#[test]
fn no_gradient_at_the_ends() {
    let checked = Case::new().values(shape![3], &[-3.0, 3.0, f64::NAN]).run(|b, x| op!(b, hardsigmoid(x[0])));
    assert_eq!(checked.output.data[..2], [0.0, 1.0]);
    assert!(checked.output.data[2].is_nan());
    assert_eq!(grad(&checked, 0)[..2], [0.0, 0.0]);
}
