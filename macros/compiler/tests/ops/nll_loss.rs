//! Negative log-likelihood.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient() {
    let n = Size::symbol("N");
    let cases = [
        (Case::new().input(shape![3, 4]).labels(shape![3], &[0.0, 3.0, 3.0]), vec![3]),
        (Case::new().input(shape![1, 1]).labels(shape![1], &[0.0]), vec![1]),
        (Case::new().input(shape![2, 3, 2]).labels(shape![2, 2], &[0.0, 1.0, 2.0, 0.0]), vec![2, 2]),
        (Case::new().size("N", 2).input(shape![n, 5]).labels(shape![n], &[4.0, 0.0]), vec![2]),
    ];
    for (case, expected) in cases {
        let checked = case.check(|b, x| op!(b, nll_loss(x[0], x[1], reduction = "none")));
        assert_eq!(checked.output.shape, expected);
        for ignored in [3, 255] {
            for reduction in ["none", "sum", "mean"] {
                case.check_twice(|b, x| {
                    let squares = op!(b, mul(x[0], x[0]));
                    op!(b, nll_loss(squares, x[1], ignore_index = ignored, reduction = reduction))
                });
            }
        }
    }
}

#[test]
fn weights_of_classes() {
    let case = Case::new().values(shape![3, 2], &[-1.0, -2.0, -3.0, -4.0, -5.0, -6.0]);
    let case = case.labels(shape![3], &[0.0, 1.0, 1.0]).values(shape![2], &[2.0, 0.5]);
    let of = |reduction: &str| {
        let checked = case.run(|b, x| op!(b, nll_loss(x[0], x[1], x[2], reduction = reduction)));
        assert!(checked.grads[2].is_none(), "weights are settings");
        checked.output.data
    };
    assert_eq!(of("none"), [2.0, 2.0, 3.0]);
    assert_eq!(of("sum"), [7.0]);
    assert_eq!(of("mean"), [7.0 / 3.0]);
}

#[test]
fn ignored_labels_neither_cost_nor_count() {
    let case = Case::new().values(shape![3, 2], &[-1.0, -2.0, -3.0, -4.0, f64::NEG_INFINITY, -6.0]);
    let case = case.labels(shape![3], &[0.0, 1.0, 255.0]);
    let of = |reduction: &str| {
        let checked =
            case.run(|b, x| op!(b, nll_loss(x[0], x[1], ignore_index = 255, reduction = reduction)));
        assert_eq!(grad(&checked, 0)[4..], [0.0, 0.0]);
        checked.output.data
    };
    assert_eq!(of("none"), [1.0, 4.0, 0.0]);
    assert_eq!(of("mean"), [2.5]);
    // Nothing counts: 0 / 0, as in PyTorch.
    let case = Case::new().input(shape![1, 2]).labels(shape![1], &[1.0]);
    assert!(case.run(|b, x| op!(b, nll_loss(x[0], x[1], ignore_index = 1))).output.data[0].is_nan());
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3]), f32(shape![2])], |b, [x, y]| try_op!(b, nll_loss(x, y)));
    assert_eq!(
        text,
        "`label` of `nll_loss` is a tensor of whole numbers, found `f32`\n\
         help: declare it `Tensor<u8, N>`: one class number for each row of scores\n\
         at 1"
    );
    let text = problem([f32(shape![2, 3]), u8(shape![3])], |b, [x, y]| try_op!(b, nll_loss(x, y)));
    assert_eq!(
        text,
        "scores [2, 3] take labels [2], found [3]\n\
         note: the classes lie along axis 1 of the scores\n\
         help: give the labels the shape [2]: that of the scores without axis 1\n\
         at 1"
    );
    let text = problem([f32(shape![3]), u8(shape![])], |b, [x, y]| try_op!(b, nll_loss(x, y)));
    assert_eq!(
        text,
        "`nll_loss` takes scores [N, classes, …], found [3]\n\
         help: add an axis for the batch: `reshape([1, 3])`\n\
         at 0"
    );
    let text = problem([f32(shape![]), u8(shape![])], |b, [x, y]| try_op!(b, nll_loss(x, y)));
    assert_eq!(
        text,
        "`nll_loss` takes scores [N, classes, …], found []\n\
         help: give one score for each class, in rows\n\
         at 0"
    );
    let text = problem([u8(shape![2, 3]), u8(shape![2])], |b, [x, y]| try_op!(b, nll_loss(x, y)));
    assert!(text.starts_with("`nll_loss` takes an `f32` tensor as `log_probs`, found `u8` of shape [2, 3]"));
    let types = [f32(shape![2, 3]), u8(shape![2]), f32(shape![2])];
    let text = problem(types, |b, [x, y, w]| try_op!(b, nll_loss(x, y, w)));
    assert_eq!(
        text,
        "`weight` of `nll_loss` has one element per class, [3], found [2]\n\
         note: the scores are [2, 3], with the classes along axis 1\n\
         help: give it the shape [3]\n\
         at 2"
    );
    let text = problem([f32(shape![2, 3]), u8(shape![2])], |b, [x, y]| {
        try_op!(b, nll_loss(x, y, ignore_index = 0.5))
    });
    assert!(
        text.starts_with("`ignore_index` of `nll_loss` is a whole number known at compile time, found 0.5")
    );
}
