//! 0 near 0, else `x`.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(0.6, 3.0, |b, x| op!(b, hardshrink(x)));
    check_unary(-0.4, 0.4, |b, x| op!(b, hardshrink(x)));
    check_unary(-3.0, -0.6, |b, x| op!(b, hardshrink(x)));
    check_unary(1.3, 3.0, |b, x| op!(b, hardshrink(x, lambd = 1.25)));
    check_unary(-1.2, 1.2, |b, x| op!(b, hardshrink(x, lambd = 1.25)));
}

#[test]
fn no_gradient_at_the_ends() {
    let checked = Case::new().values(shape![3], &[-0.5, 0.5, f64::NAN]).run(|b, x| op!(b, hardshrink(x[0])));
    assert_eq!(checked.output.data[..2], [0.0, 0.0]);
    assert!(checked.output.data[2].is_nan());
    assert_eq!(grad(&checked, 0)[..2], [0.0, 0.0]);
}
