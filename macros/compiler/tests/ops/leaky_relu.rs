//! Rectifier with a slope.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(0.1, 3.0, |b, x| op!(b, leaky_relu(x)));
    check_unary(-3.0, -0.1, |b, x| op!(b, leaky_relu(x)));
    check_unary(0.1, 3.0, |b, x| op!(b, leaky_relu(x, negative_slope = 0.3)));
    check_unary(-3.0, -0.1, |b, x| op!(b, leaky_relu(x, negative_slope = 0.3)));
}

/// At 0 the slope of the negative side counts, as in PyTorch.
#[test]
fn gradient_at_zero() {
    let checked = Case::new().values(shape![1], &[0.0]).run(|b, x| op!(b, leaky_relu(x[0], 0.25)));
    assert_eq!(grad(&checked, 0), [0.25 * checked.grad_output.data[0]]);
}
