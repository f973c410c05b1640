//! Division by the root of the mean square.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let case = Case::new().input(shape![2, 3, 4]).input(shape![4]).input(shape![3, 4]);
    case.check(|b, x| op!(b, rms_norm(x[0])));
    case.check_twice(|b, x| op!(b, rms_norm(x[0], weight = x[1], eps = 0.1)));
    case.check_twice(|b, x| op!(b, rms_norm(x[0], axes = vec![1, 2], weight = x[2])));
    let checked =
        Case::new().values(shape![1, 2], &[3.0, 4.0]).check(|b, x| op!(b, rms_norm(x[0], eps = 0.0)));
    assert!((checked.output.data[0] - 3.0 / 12.5f64.sqrt()).abs() < 1e-12);
    // At 0 the default of eps, that of f32, keeps the gradient finite.
    let checked = Case::new().values(shape![2], &[0.0; 2]).run(|b, x| op!(b, rms_norm(x[0])));
    let expected = checked.grad_output.data[0] / f64::from(f32::EPSILON).sqrt();
    assert!((grad(&checked, 0)[0] - expected).abs() < 1e-9 * expected.abs());
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3]), f32(shape![2])], |b, [x, w]| try_op!(b, rms_norm(x, weight = w)));
    assert!(
        text.starts_with("`weight` of `rms_norm` has the sizes of the normalised axes, [3], found [2]"),
        "{text}"
    );
}
