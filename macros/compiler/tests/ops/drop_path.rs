//! Stochastic depth.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for (scale_by_keep, factor) in [(true, 1.0 / 0.6), (false, 1.0)] {
        let case = Case::new().between(1.0, 2.0, shape![200, 3]);
        let checked = case.check(|b, x| op!(b, drop_path(x[0], 0.4, scale_by_keep = scale_by_keep)));
        let mut dropped = 0.0;
        let rows = checked.output.data.chunks(3).zip(grad(&checked, 0).chunks(3));
        for ((y, dx), dy) in rows.zip(checked.grad_output.data.chunks(3)) {
            let gone = y[0] == 0.0;
            dropped += f64::from(gone);
            assert!(y.iter().all(|&y| (y == 0.0) == gone), "a sample goes as a whole");
            let close = |(dx, dy): (&f64, &f64)| (dx - if gone { 0.0 } else { factor * dy }).abs() < 1e-12;
            assert!(dx.iter().zip(dy).all(close));
        }
        assert!((dropped - 80.0).abs() < 5.0 * (200.0f64 * 0.4 * 0.6).sqrt(), "{dropped} of 200 are dropped");
    }
    assert_eq!(Case::new().input(shape![3]).check(|b, x| op!(b, drop_path(x[0], 1.0))).output.data, [0.0; 3]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![])], |b, [x]| try_op!(b, drop_path(x, 0.5)));
    assert!(text.starts_with("`drop_path` drops samples along axis 0, found a scalar"), "{text}");
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, drop_path(x, 1.5)));
    assert!(text.starts_with("the rate of `drop_path` is a probability, 0 to 1, found 1.5"), "{text}");
}
