//! Layer normalisation.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    for shape in [shape![5], shape![3, 4], shape![2, 3, 4], shape![n, 3]] {
        let last = vec![shape[shape.len() - 1].clone()];
        let case = Case::new().size("N", 2).input(shape).input(last.clone()).input(last);
        case.check(|b, x| op!(b, layer_norm(x[0])));
        case.check_twice(|b, x| op!(b, layer_norm(x[0], weight = x[1], bias = x[2], eps = 0.1)));
    }
    let case = Case::new().input(shape![2, 3, 4]).input(shape![3, 4]).input(shape![3]);
    case.check_twice(|b, x| op!(b, layer_norm(x[0], axes = vec![-2, -1], weight = x[1], bias = x[1])));
    case.check(|b, x| op!(b, layer_norm(x[0], axes = 1, weight = x[2])));
    case.check(|b, x| op!(b, layer_norm(x[0], axes = vec![0, 2])));
}

#[test]
fn rows_have_mean_zero_and_variance_one() {
    let checked =
        Case::new().between(5.0, 9.0, shape![3, 4]).check(|b, x| op!(b, layer_norm(x[0], eps = 0.0)));
    for row in checked.output.data.chunks(4) {
        let (mean, square) = (row.iter().sum::<f64>() / 4.0, row.iter().map(|x| x * x).sum::<f64>() / 4.0);
        assert!(mean.abs() < 1e-12 && (square - 1.0).abs() < 1e-12, "mean {mean}, square {square}");
    }
    // One feature has no variance.
    let checked = Case::new().input(shape![3, 1]).check(|b, x| op!(b, layer_norm(x[0])));
    assert_eq!(checked.output.data, [0.0; 3]);
}

#[test]
fn problems() {
    let types = || [f32(shape![2, 3, 4]), f32(shape![4]), f32(shape![3])];
    assert_eq!(
        problem(types(), |b, [x, _, w]| try_op!(b, layer_norm(x, weight = w))),
        "`weight` of `layer_norm` has the sizes of the normalised axes, [4], found [3]\n\
         note: the input is [2, 3, 4], normalised over [2]\n\
         help: give `weight` the shape [4], or name other `axes`\n\
         at 2"
    );
    let text = problem(types(), |b, [x, w, _]| try_op!(b, layer_norm(x, vec![1, 2], bias = w)));
    assert!(
        text.starts_with("`bias` of `layer_norm` has the sizes of the normalised axes, [3, 4], found [4]")
    );
    let text = problem([f32(shape![])], |b, [x]| try_op!(b, layer_norm(x)));
    assert!(text.starts_with("axis -1 is out of range for `layer_norm`: the tensor has 0 axes"), "{text}");
}
