//! Means over axes.

use super::sum::check_reduction;
use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_reduction(true, |b, x, axes, keepdim| match axes {
        Some(axes) => op!(b, mean(x, axes = axes, keepdim = keepdim)),
        None => op!(b, mean(x, keepdim = keepdim)),
    });
}

#[test]
fn values() {
    let case = Case::new().values(shape![2, 2], &[1.0, 2.0, 3.0, 4.0]);
    assert_eq!(case.run(|b, x| op!(b, mean(x[0]))).output.data, [2.5]);
    assert_eq!(case.run(|b, x| op!(b, mean(x[0], [1]))).output.data, [1.5, 3.5]);
}
