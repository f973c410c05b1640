//! Places of values in sorted rows.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn places() {
    let case = Case::new()
        .values(shape![2, 3], &[1.0, 2.0, 2.0, 0.0, 5.0, 9.0])
        .values(shape![2, 2], &[2.0, 3.0, -1.0, 5.0]);
    let checked = case.run(|b, x| op!(b, searchsorted(x[0], x[1])));
    assert_eq!(checked.output.data, [1.0, 3.0, 0.0, 1.0]);
    assert!(checked.grads.iter().all(Option::is_none), "a place has no gradient");
    let checked = case.run(|b, x| op!(b, searchsorted(x[0], x[1], right = true)));
    assert_eq!(checked.output.data, [3.0, 3.0, 0.0, 2.0]);
}

#[test]
pub(crate) fn buckets() {
    let n = Size::symbol("N");
    let case = Case::new()
        .size("N", 2)
        .values(shape![n, 2], &[1.0, 0.5, f64::NAN, 3.0])
        .values(shape![3], &[1.0, 2.0, 3.0]);
    assert_eq!(case.run(|b, x| op!(b, bucketize(x[0], x[1]))).output.data, [0.0, 0.0, 3.0, 2.0]);
    assert_eq!(case.run(|b, x| op!(b, bucketize(x[0], x[1], true))).output.data, [1.0, 0.0, 3.0, 3.0]);
}

#[test]
fn problems() {
    let types = || [f32(shape![2, 3]), f32(shape![3, 3])];
    let text = problem(types(), |b, [x, y]| try_op!(b, searchsorted(x, y)));
    assert_eq!(
        text,
        "`searchsorted` of values [3, 3] in rows [2, 3]: the axes before the last differ\n\
         help: make all sizes but the last equal, or give one sorted row for all values\n\
         at 1"
    );
    let text = problem(types(), |b, [x, y]| try_op!(b, bucketize(x, y)));
    assert!(
        text.starts_with("`bucketize` takes 1 axes [boundaries] as `boundaries`, found 2 [3, 3]"),
        "{text}"
    );
}
