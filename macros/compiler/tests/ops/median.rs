//! Medians.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    for (shape, axis) in
        [(shape![1], 0), (shape![5], 0), (shape![3, 4], -1), (shape![2, 5, 3], 1), (shape![n, 2], 0)]
    {
        let case = Case::new().size("N", 4).input(shape);
        case.check_twice(|b, x| op!(b, median(x[0], axis)));
        case.check(|b, x| op!(b, median(x[0], axis, keepdim = true)));
        case.check(|b, x| op!(b, median(x[0])));
    }
}

#[test]
fn ties_share_the_gradient_and_nan_wins() {
    let values = [4.0, 1.0, 2.0, 2.0, 0.0, 5.0, f64::NAN, 1.0];
    let case = Case::new().values(shape![2, 4], &values).grad_output(array(&[2], &[1.0, 1.0]));
    let checked = case.run(|b, x| op!(b, median(x[0], 1)));
    assert_eq!(checked.output.data[0], 2.0);
    assert!(checked.output.data[1].is_nan());
    assert_eq!(grad(&checked, 0)[..4], [0.0, 0.0, 0.5, 0.5]);
    let checked =
        Case::new().values(shape![4], &values[..4]).run(|b, x| op!(b, median(x[0], keepdim = true)));
    assert_eq!((checked.output.data, checked.output.shape), (vec![2.0], vec![1]));
}
