//! The logarithm of sums of exponentials.

use crate::sum::check_reduction;
use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_reduction(true, |b, x, axes, keepdim| match axes {
        Some(axes) => op!(b, logsumexp(x, axes = axes, keepdim = keepdim)),
        None => op!(b, logsumexp(x, keepdim = keepdim)),
    });
}

#[test]
fn large_and_infinite_values() {
    let inf = f64::INFINITY;
    let values = [1000.0, 1000.0, -1000.0, -1000.0, -inf, 2.0, -inf, -inf, inf, 1.0];
    let case = Case::new().values(shape![5, 2], &values).grad_output(array(&[5], &[1.0; 5]));
    let checked = case.run(|b, x| op!(b, logsumexp(x[0], 1)));
    let two = 2f64.ln();
    assert_eq!(checked.output.data, [1000.0 + two, -1000.0 + two, 2.0, -inf, inf]);
    let grads = grad(&checked, 0);
    assert_eq!(grads[..6], [0.5, 0.5, 0.5, 0.5, 0.0, 1.0]);
    // As in PyTorch.
    assert!(grads[6].is_nan() && grads[7].is_nan() && grads[8].is_nan() && grads[9] == 0.0, "{grads:?}");
}
