//! Maxima over axes.

use super::sum::check_reduction;
use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_reduction(true, |b, x, axes, keepdim| match axes {
        Some(axes) => op!(b, max(x, axes = axes, keepdim = keepdim)),
        None => op!(b, max(x, keepdim = keepdim)),
    });
}

#[test]
fn equal_maxima_share_the_gradient() {
    let case = Case::new().values(shape![2, 3], &[2.0, 2.0, 1.0, 0.0, -0.0, 0.0]);
    let checked = case.run(|b, x| op!(b, max(x[0], 1)));
    assert_eq!(checked.output.data, [2.0, 0.0]);
    let (dx, dy) = (grad(&checked, 0), &checked.grad_output.data);
    assert_eq!(dx[..3], [dy[0] / 2.0, dy[0] / 2.0, 0.0]);
    assert_eq!(dx[3..], [dy[1] / 3.0; 3]);
}

#[test]
fn nan_wins_and_infinities_count() {
    let values = [1.0, f64::NAN, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let checked = Case::new().values(shape![2, 2], &values).run(|b, x| op!(b, max(x[0], 1)));
    assert!(checked.output.data[0].is_nan());
    assert_eq!(checked.output.data[1], f64::NEG_INFINITY);
}
