//! Mean cross-entropy.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let cases = [
        Case::new().input(shape![3, 4]).labels(shape![3], &[0.0, 3.0, 3.0]),
        Case::new().input(shape![1, 2]).labels(shape![1], &[1.0]),
        Case::new().input(shape![2, 3, 2]).labels(shape![2, 2], &[0.0, 1.0, 2.0, 0.0]),
        Case::new().size("N", 2).input(shape![n, 5]).labels(shape![n], &[4.0, 0.0]),
    ];
    for case in cases {
        let checked = case.check(|b, x| op!(b, cross_entropy(x[0], x[1])));
        assert!(checked.output.shape.is_empty());
        case.check_twice(|b, x| op!(b, cross_entropy(x[0], x[1])));
    }
}

#[test]
fn equal_scores_cost_the_logarithm_of_the_classes() {
    let case = Case::new().values(shape![2, 4], &[3.0; 8]).labels(shape![2], &[1.0, 2.0]);
    let checked = case.run(|b, x| op!(b, cross_entropy(x[0], x[1])));
    assert!((checked.output.data[0] - 4.0f64.ln()).abs() < 1e-12);
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3]), u8(shape![2, 3])], |b, [x, y]| try_op!(b, cross_entropy(x, y)));
    assert!(text.starts_with("scores [2, 3] take labels [2], found [2, 3]"));
    let text = problem([f32(shape![2, 3]), f32(shape![2])], |b, [x, y]| try_op!(b, cross_entropy(x, y)));
    assert!(text.starts_with("`label` of `cross_entropy` is a tensor of `u8`, `u32` or `i64`, found `f32`"));
}
