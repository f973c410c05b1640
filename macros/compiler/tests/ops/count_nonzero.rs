//! Numbers of elements that are not zero.

use crate::support::*;

#[test]
pub(crate) fn counts() {
    let case = Case::new().values(shape![2, 3], &[1.0, 0.0, -2.0, 0.0, 0.0, f64::NAN]);
    assert_eq!(case.run(|b, x| op!(b, count_nonzero(x[0], 1))).output.data, [2.0, 1.0]);
    assert_eq!(case.run(|b, x| op!(b, count_nonzero(x[0]))).output.data, [3.0]);
    let checked = case.run(|b, x| {
        let condition = op!(b, lt(x[0], 0.5));
        op!(b, count_nonzero(condition, 0, keepdim = true))
    });
    assert_eq!((checked.output.data, checked.output.shape), (vec![1.0, 2.0, 1.0], vec![1, 3]));
    let case = Case::new().labels(shape![4], &[0.0, 7.0, 0.0, 1.0]);
    assert_eq!(case.run(|b, x| op!(b, count_nonzero(x[0]))).output.data, [2.0]);
}
