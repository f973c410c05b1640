//! Scores of several right classes above those of the others.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let labels = [2.0, 0.0, -1.0, 3.0, -1.0, 1.0, 1.0, 3.0, 0.0, -1.0, 2.0, 2.0];
    let case = || Case::new().input(shape![4, 4]).labels(shape![4, 3], &labels);
    for reduction in ["none", "sum", "mean"] {
        case().check_twice(|b, x| op!(b, multilabel_margin_loss(x[0], x[1], reduction = reduction)));
    }
    let n = Size::symbol("N");
    let case = Case::new().size("N", 2).input(shape![n, 3]).labels(shape![n, 2], &[1.0, 2.0, 0.0, -1.0]);
    case.check_twice(|b, x| op!(b, multilabel_margin_loss(x[0], x[1])));
    let case = Case::new().input(shape![3]).labels(shape![3], &[2.0, -1.0, 0.0]);
    let checked = case.check(|b, x| op!(b, multilabel_margin_loss(x[0], x[1], reduction = "none")));
    assert_eq!(checked.output.shape, [0; 0]);
}

/// The values of PyTorch's documentation and of PyTorch 2.15.
#[test]
fn values() {
    let case = |labels: &[f64]| {
        Case::new().values(shape![1, 4], &[0.1, 0.2, 0.4, 0.8]).labels(shape![1, labels.len() as i64], labels)
    };
    let loss = |labels: &[f64]| case(labels).run(|b, x| op!(b, multilabel_margin_loss(x[0], x[1])));
    let checked = loss(&[3.0, 0.0, -1.0, 1.0]);
    assert!((checked.output.data[0] - 0.85).abs() < 1e-12, "{:?}", checked.output);
    let dy = checked.grad_output.data[0];
    let expected = [-0.5 * dy, 0.5 * dy, 0.5 * dy, -0.5 * dy];
    assert_eq!(grad(&checked, 0), expected);
    assert_eq!(loss(&[-1.0, 3.0]).output.data, [0.0], "no class is right");
    assert_eq!(loss(&[3.0, 0.0, 1.0, 2.0]).output.data, [0.0], "all are");
}

#[test]
fn the_gradient_at_a_difference_of_one_is_zero() {
    let case = Case::new().values(shape![1, 2], &[1.5, 0.5]).labels(shape![1, 1], &[0.0]);
    let checked = case.run(|b, x| op!(b, multilabel_margin_loss(x[0], x[1])));
    assert_eq!((checked.output.data[0], grad(&checked, 0)), (0.0, &[0.0; 2][..]));
}

#[test]
fn problems() {
    let types = || [f32(shape![3, 4]), u8(shape![2, 4]), u8(shape![3]), f32(shape![3, 4, 2])];
    let text = problem(types(), |b, [x, y, _, _]| try_op!(b, multilabel_margin_loss(x, y)));
    assert_eq!(
        text,
        "scores [3, 4] take labels [3, labels], found [2, 4]\n\
         note: each sample has a list of labels, which ends at -1 or at the end of the axis\n\
         help: give the labels a list for each row of scores, filled up with -1\n\
         at 1"
    );
    let text = problem(types(), |b, [x, _, y, _]| try_op!(b, multilabel_margin_loss(x, y)));
    assert!(text.starts_with("scores [3, 4] take labels [3, labels], found [3]"), "{text}");
    let text = problem(types(), |b, [_, y, _, x]| try_op!(b, multilabel_margin_loss(x, y)));
    assert!(
        text.starts_with("`multilabel_margin_loss` takes scores [N, classes] or [classes], found [3, 4, 2]"),
        "{text}"
    );
    let text = problem(types(), |b, [x, ..]| try_op!(b, multilabel_margin_loss(x, x)));
    assert!(text.starts_with("`label` of `multilabel_margin_loss` is a tensor of whole numbers"), "{text}");
}
