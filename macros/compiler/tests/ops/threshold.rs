//! `x` above a threshold.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(0.6, 3.0, |b, x| op!(b, threshold(x, 0.5, 20.0)));
    check_unary(-3.0, 0.4, |b, x| op!(b, threshold(x, threshold = 0.5, value = 20.0)));
}

#[test]
fn at_the_threshold() {
    let checked =
        Case::new().values(shape![2], &[0.5, f64::NAN]).run(|b, x| op!(b, threshold(x[0], 0.5, 20.0)));
    assert_eq!(checked.output.data[0], 20.0);
    assert!(checked.output.data[1].is_nan());
    assert_eq!(grad(&checked, 0)[0], 0.0);
}
