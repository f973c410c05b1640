//! Minima over axes.

use crate::sum::check_reduction;
use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_reduction(false, |b, x, axes, keepdim| match axes {
        Some(axes) => op!(b, min(x, axes = axes, keepdim = keepdim)),
        None => op!(b, min(x, keepdim = keepdim)),
    });
}

#[test]
fn ties_share_the_gradient_and_nan_wins() {
    let case = Case::new().values(shape![2, 3], &[2.0, 1.0, 1.0, 0.0, f64::NAN, -1.0]);
    let checked = case.grad_output(array(&[2], &[1.0, 1.0])).run(|b, x| op!(b, min(x[0], 1)));
    assert_eq!(checked.output.data[0], 1.0);
    assert!(checked.output.data[1].is_nan());
    assert_eq!(grad(&checked, 0)[..3], [0.0, 0.5, 0.5]);
}
