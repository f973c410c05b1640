//! 0 near 0, else nearer to it.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(0.6, 3.0, |b, x| op!(b, softshrink(x)));
    check_unary(-0.4, 0.4, |b, x| op!(b, softshrink(x)));
    check_unary(-3.0, -0.6, |b, x| op!(b, softshrink(x)));
    check_unary(1.3, 3.0, |b, x| op!(b, softshrink(x, lambd = 1.25)));
    check_unary(-1.2, 1.2, |b, x| op!(b, softshrink(x, lambd = 1.25)));
}

#[test]
fn no_gradient_at_the_ends() {
    let checked = Case::new().values(shape![3], &[-0.5, 0.5, f64::NAN]).run(|b, x| op!(b, softshrink(x[0])));
    assert_eq!(checked.output.data[..2], [0.0, 0.0]);
    assert!(checked.output.data[2].is_nan());
    assert_eq!(grad(&checked, 0)[..2], [0.0, 0.0]);
}

#[test]
fn the_width_is_not_negative() {
    assert_eq!(
        problem([f32(shape![3])], |b, [x]| try_op!(b, softshrink(x, -1.0))),
        "`lambd` of `softshrink` is 0 or more, found -1.0\n\
         help: write half the width of the part that becomes 0\n\
         at 1"
    );
}
