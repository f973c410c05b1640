//! Continuously differentiable exponential linear unit.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(0.1, 3.0, |b, x| op!(b, celu(x)));
    check_unary(-3.0, -0.1, |b, x| op!(b, celu(x)));
    check_unary(0.1, 3.0, |b, x| op!(b, celu(x, alpha = 0.3)));
    check_unary(-3.0, -0.1, |b, x| op!(b, celu(x, alpha = 0.3)));
}

/// At 0 the derivative is that of the negative side, as in PyTorch.
#[test]
fn gradient_at_zero() {
    let checked = Case::new().values(shape![1], &[0.0]).run(|b, x| op!(b, celu(x[0], 0.75)));
    assert_eq!(grad(&checked, 0), checked.grad_output.data);
}

#[test]
fn large_values_do_not_overflow() {
    let checked = Case::new().values(shape![2], &[1e4, -1e4]).run(|b, x| op!(b, celu(x[0], 0.75)));
    assert_eq!(checked.output.data, [1e4, -0.75]);
    assert_eq!(grad(&checked, 0), [checked.grad_output.data[0], 0.0]);
}

#[test]
fn alpha_is_not_zero() {
    assert_eq!(
        problem([f32(shape![3])], |b, [x]| try_op!(b, celu(x, alpha = 0.0))),
        "`alpha` of `celu` is not 0: `x` is divided by it\n\
         help: use `relu`, the limit for small `alpha`\n\
         at 1"
    );
}
