//! Rounding.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    let case = Case::new().values(shape![6], &[0.5, 1.5, 2.5, -0.5, -1.75, 1234.5678]);
    let checked = case.run(|b, x| op!(b, round(x[0])));
    assert_eq!(checked.output.data, [0.0, 2.0, 2.0, -0.0, -2.0, 1235.0]);
    assert_eq!(grad(&checked, 0), [0.0; 6]);
    check_unary(0.6, 1.4, |b, x| op!(b, round(x)));
    let checked = case.run(|b, x| op!(b, round(x[0], decimals = 2)));
    assert_eq!(checked.output.data, [0.5, 1.5, 2.5, -0.5, -1.75, 1234.57]);
    let checked = case.run(|b, x| op!(b, round(x[0], -2)));
    assert_eq!(checked.output.data, [0.0, 0.0, 0.0, -0.0, -0.0, 1200.0]);
}

#[test]
fn decimals_are_a_whole_number() {
    let expected = "`decimals` of `round` is a whole number known at compile time, -38 to 38, found";
    let text = problem([f32(shape![3])], |b, [x]| try_op!(b, round(x, 0.5)));
    assert_eq!(text, format!("{expected} 0.5\nat 1"));
    let text = problem([f32(shape![3])], |b, [x]| try_op!(b, round(x, 39)));
    assert_eq!(text, format!("{expected} 39\nat 1"));
}
