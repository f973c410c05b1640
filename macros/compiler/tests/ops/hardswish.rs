//! `x` times the piecewise linear sigmoid.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-2.9, 2.9, |b, x| op!(b, hardswish(x)));
    check_unary(3.1, 5.0, |b, x| op!(b, hardswish(x)));
    check_unary(-5.0, -3.1, |b, x| op!(b, hardswish(x)));
}

/// 0 and 1, as in PyTorch, though the parabola between ends with -1/2 and 3/2.
#[test]
fn gradient_at_the_ends() {
    let checked = Case::new().values(shape![2], &[-3.0, 3.0]).run(|b, x| op!(b, hardswish(x[0])));
    assert_eq!(checked.output.data, [0.0, 3.0]);
    assert_eq!(grad(&checked, 0), [0.0, checked.grad_output.data[1]]);
}
