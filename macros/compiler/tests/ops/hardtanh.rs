//! Values between two numbers.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-0.9, 0.9, |b, x| op!(b, hardtanh(x)));
    check_unary(1.1, 3.0, |b, x| op!(b, hardtanh(x)));
    check_unary(-0.4, 1.9, |b, x| op!(b, hardtanh(x, min_val = -0.5, max_val = 2.0)));
    check_unary(-3.0, -0.6, |b, x| op!(b, hardtanh(x, -0.5)));
}

#[test]
fn no_gradient_at_the_ends() {
    let checked = Case::new().values(shape![2], &[-1.0, 1.0]).run(|b, x| op!(b, hardtanh(x[0])));
    assert_eq!(grad(&checked, 0), [0.0, 0.0]);
}

#[test]
fn the_ends_are_in_order() {
    assert_eq!(
        problem([f32(shape![3])], |b, [x]| try_op!(b, hardtanh(x, max_val = -2.0))),
        "`min_val` of `hardtanh` is not above `max_val`, found -1.0 and -2.0\n\
         help: exchange them: `hardtanh(-2.0, -1.0)`\n\
         at 2"
    );
}
