//! Dropout of whole channels.

use crate::support::*;
use macrograd_compiler::graph::{Builder, Value};
use macrograd_compiler::ops::call::Problem;

fn drop(b: &mut Builder, axes: usize, x: Value, rate: f64) -> Result<Value, Problem> {
    match axes {
        1 => try_op!(b, dropout1d(x, rate)),
        2 => try_op!(b, dropout2d(x, rate)),
        _ => try_op!(b, dropout3d(x, rate)),
    }
}

#[test]
pub(crate) fn gradient() {
    let shapes = [shape![40, 5, 6], shape![40, 5, 2, 3], shape![40, 5, 2, 3, 1]];
    for (axes, shape) in (1..).zip(shapes) {
        let loss = |b: &mut Builder, x: &[Value]| drop(b, axes, x[0], 0.25).expect("a valid call");
        let checked = Case::new().between(1.0, 2.0, shape).check(loss);
        let mut dropped = 0.0;
        let channels = checked.output.data.chunks(6).zip(grad(&checked, 0).chunks(6));
        for ((y, dx), dy) in channels.zip(checked.grad_output.data.chunks(6)) {
            let gone = y[0] == 0.0;
            dropped += f64::from(gone);
            assert!(y.iter().all(|&y| (y == 0.0) == gone), "a channel goes as a whole");
            let close = |(dx, dy): (&f64, &f64)| (dx - if gone { 0.0 } else { dy / 0.75 }).abs() < 1e-12;
            assert!(dx.iter().zip(dy).all(close));
        }
        // Five standard deviations around a quarter of 200.
        assert!(
            (dropped - 50.0).abs() < 5.0 * (200.0f64 * 0.25 * 0.75).sqrt(),
            "{dropped} of 200 are dropped"
        );
    }
}

#[test]
fn rates_zero_and_one() {
    let case = Case::new().input(shape![2, 3, 2]);
    let checked = case.check(|b, x| op!(b, dropout1d(x[0], 0.0)));
    assert!(!count_ops(&checked.graph).contains_key("dropout"));
    assert_eq!(case.check(|b, x| op!(b, dropout1d(x[0], 1.0))).output.data, [0.0; 12]);
}

#[test]
fn problems() {
    assert_eq!(
        problem([f32(shape![2, 3])], |b, [x]| try_op!(b, dropout2d(x, 0.5))),
        "`dropout2d` takes 4 axes [N, channels, height, width] as `x`, found 2 [2, 3]\n\
         help: add or merge axes with `reshape`\n\
         at 0"
    );
    let text = problem([f32(shape![2, 3, 4])], |b, [x]| try_op!(b, dropout1d(x, 2.0)));
    assert!(text.starts_with("the rate of `dropout1d` is a probability, 0 to 1, found 2"), "{text}");
}
