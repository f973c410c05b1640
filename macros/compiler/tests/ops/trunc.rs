//! The whole part.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let checked =
        Case::new().values(shape![5], &[-1.25, -1.0, -0.0, 0.75, 1.5]).run(|b, x| op!(b, trunc(x[0])));
    assert_eq!(checked.output.data, [-1.0, -1.0, -0.0, 0.0, 1.0]);
    assert_eq!(grad(&checked, 0), [0.0; 5]);
    check_unary(0.1, 0.9, |b, x| op!(b, trunc(x)));
}
