//! Power with a whole exponent.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for n in [1, 2, 3, 5, 8, -1, -2, 11] {
        check_unary(0.4, 1.6, |b, x| op!(b, powi(x, n)));
        check_unary(-1.6, -0.4, |b, x| op!(b, powi(x, n)));
    }
}

#[test]
fn gradient_at_zero() {
    let case = Case::new().values(shape![2], &[0.0, -0.0]);
    for n in 2..6 {
        let checked = case.run(|b, x| op!(b, powi(x[0], n)));
        assert_eq!(grad(&checked, 0), [0.0, 0.0]);
    }
}

#[test]
fn the_exponent_is_a_whole_number() {
    assert_eq!(
        problem([f32(shape![2])], |b, [x]| try_op!(b, powi(x, 1.5))),
        "`n` of `powi` is a whole number known at compile time, found 1.5\nat 1"
    );
}
