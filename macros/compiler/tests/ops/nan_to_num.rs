//! Numbers in the place of NaN and infinities.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let case = Case::new().values(shape![4], &[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 2.0]);
    let checked = case.run(|b, x| op!(b, nan_to_num(x[0])));
    let (most, least) = (f64::from(f32::MAX), f64::from(f32::MIN));
    assert_eq!(checked.output.data, [0.0, most, least, 2.0]);
    assert_eq!(grad(&checked, 0), [0.0, 0.0, 0.0, checked.grad_output.data[3]]);
    let checked = case.run(|b, x| op!(b, nan_to_num(x[0], 1.0, posinf = 2.0, neginf = 3.0)));
    assert_eq!(checked.output.data, [1.0, 2.0, 3.0, 2.0]);
    check_unary(-3.0, 3.0, |b, x| op!(b, nan_to_num(x)));
}
