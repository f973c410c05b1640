//! Connectionist temporal classification.

use crate::support::*;
use macrograd_compiler::graph::Size;

/// Three sequences: one with equal labels in a row, one shorter, one without labels.
fn case() -> Case {
    let (t, n) = (Size::symbol("T"), Size::symbol("N"));
    Case::new()
        .size("T", 6)
        .size("N", 3)
        .between(-3.0, -0.1, shape![t, n, 4])
        .labels(shape![n, 3], &[1.0, 1.0, 3.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0])
        .labels(shape![n], &[6.0, 4.0, 5.0])
        .labels(shape![n], &[3.0, 2.0, 0.0])
}

#[test]
pub(crate) fn gradient() {
    for reduction in ["none", "mean", "sum"] {
        let checked = case().check(|b, x| op!(b, ctc_loss(x[0], x[1], x[2], x[3], reduction = reduction)));
        assert_eq!(checked.output.shape, if reduction == "none" { vec![3] } else { vec![] });
        case().check(|b, x| op!(b, ctc_loss(x[0], x[1], x[2], x[3], 0, reduction, zero_infinity = true)));
    }
    case().check(|b, x| {
        let log_probs = op!(b, log_softmax(x[0]));
        op!(b, ctc_loss(log_probs, x[1], x[2], x[3]))
    });
    let errors = case().second_error(|b, x| op!(b, ctc_loss(x[0], x[1], x[2], x[3])));
    assert_eq!(errors[0].reason, "the gradient of `ctc_loss` is not differentiable again");
}

#[test]
fn a_target_without_alignment() {
    let case = Case::new()
        .between(-2.0, -1.0, shape![2, 1, 3])
        .labels(shape![1, 2], &[1.0, 1.0])
        .labels(shape![1], &[2.0])
        .labels(shape![1], &[2.0]);
    let checked =
        case.run(|b, x| op!(b, ctc_loss(x[0], x[1], x[2], x[3], reduction = "sum", zero_infinity = true)));
    assert_eq!((checked.output.data[0], grad(&checked, 0)), (0.0, &[0.0; 6][..]));
    let graph = case.graph(|b, x| op!(b, ctc_loss(x[0], x[1], x[2], x[3], reduction = "sum")));
    assert_verified(&graph);
}

#[test]
fn problems() {
    let types = || [f32(shape![5, 2, 4]), u8(shape![2, 3]), u8(shape![2]), u8(shape![3])];
    let text = problem(types(), |b, [x, t, i, l]| try_op!(b, ctc_loss(x, t, i, l)));
    assert_eq!(
        text,
        "scores [5, 2, 4] are those of 2 sequences, but `target_lengths` is [3]\n\
         note: `ctc_loss` takes scores [T, N, classes], targets [N, S] and lengths [N]\n\
         help: give the same `N` to all, with `permute` where the axes come in another order\n\
         at 3"
    );
    let text = problem(types(), |b, [x, t, i, _]| try_op!(b, ctc_loss(x, t, i, i, blank = 4)));
    assert_eq!(text, "the blank is class 4, but there are 4 classes\nhelp: use 0 to 4 - 1\nat 4");
    let text = problem(types(), |b, [x, t, i, _]| try_op!(b, ctc_loss(x, t, i, i, reduction = "avg")));
    assert!(text.starts_with("`reduction` of `ctc_loss` is one of \"none\", \"mean\", \"sum\""), "{text}");
}
