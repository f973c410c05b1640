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
fn gradient_with_smoothing() {
    let case = || Case::new().input(shape![2, 3, 2]).labels(shape![2, 2], &[0.0, 1.0, 2.0, 0.0]);
    for reduction in ["none", "sum", "mean"] {
        case().check_twice(|b, x| {
            op!(b, cross_entropy(x[0], x[1], label_smoothing = 0.3, ignore_index = 1, reduction = reduction))
        });
        case().check(|b, x| {
            let weight = b.constant(2.0);
            let weight = op!(b, expand(weight, [3]));
            op!(b, cross_entropy(x[0], x[1], weight, label_smoothing = 0.3, reduction = reduction))
        });
    }
    // With nothing but smoothing, every class is equally right.
    let case = Case::new().input(shape![1, 4]).labels(shape![1], &[2.0]);
    let checked = case.run(|b, x| {
        let log_probs = op!(b, log_softmax(x[0], axis = 1));
        let mean = op!(b, mean(log_probs));
        op!(b, add(op!(b, cross_entropy(x[0], x[1], label_smoothing = 1.0)), mean))
    });
    assert!(checked.output.data[0].abs() < 1e-12);
}

#[test]
fn gradient_with_probabilities() {
    for shape in [shape![3, 4], shape![2, 3, 2], shape![1, 1]] {
        let classes = vec![shape[1].clone()];
        let case = Case::new().input(shape.clone()).between(0.0, 1.0, shape).between(0.5, 2.0, classes);
        for reduction in ["none", "sum", "mean"] {
            case.check_twice(|b, x| op!(b, cross_entropy(x[0], x[1], reduction = reduction)));
            // Weights are settings: no gradient reaches them.
            let weighted =
                |b: &mut _, x: &[_]| op!(b, cross_entropy(x[0], x[1], x[2], reduction = reduction));
            assert!(case.run(weighted).grads[2].is_none());
        }
    }
}

/// A label is the probability 1 of its class, whatever the options.
#[test]
fn labels_are_certain_probabilities() {
    let case = Case::new().input(shape![2, 3]).labels(shape![2], &[2.0, 0.0]);
    let case = case.values(shape![2, 3], &[0.0, 0.0, 1.0, 1.0, 0.0, 0.0]).values(shape![3], &[2.0, 3.0, 4.0]);
    for reduction in ["none", "sum"] {
        let checked = case.run(|b, x| {
            let with_labels =
                op!(b, cross_entropy(x[0], x[1], x[3], label_smoothing = 0.2, reduction = reduction));
            let with_probs =
                op!(b, cross_entropy(x[0], x[2], x[3], label_smoothing = 0.2, reduction = reduction));
            op!(b, sub(with_labels, with_probs))
        });
        assert!(
            checked.output.data.iter().all(|difference| difference.abs() < 1e-12),
            "{:?}",
            checked.output
        );
    }
}

#[test]
fn all_labels_ignored_have_no_mean() {
    let case = Case::new().input(shape![2, 3]).labels(shape![2], &[7.0, 7.0]);
    let checked = case.run(|b, x| op!(b, cross_entropy(x[0], x[1], ignore_index = 7)));
    assert!(checked.output.data[0].is_nan());
    let checked = case.run(|b, x| op!(b, cross_entropy(x[0], x[1], ignore_index = 7, reduction = "sum")));
    assert_eq!((checked.output.data[0], grad(&checked, 0)), (0.0, &[0.0; 6][..]));
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3]), u8(shape![2, 3])], |b, [x, y]| try_op!(b, cross_entropy(x, y)));
    assert!(text.starts_with("scores [2, 3] take labels [2], found [2, 3]"));
    let text = problem([f32(shape![2, 3]), f32(shape![2])], |b, [x, y]| try_op!(b, cross_entropy(x, y)));
    assert!(text.starts_with("`label` of `cross_entropy` is a tensor of whole numbers, found `f32`"));
    let text = problem([f32(shape![2, 3]), f32(shape![2, 4])], |b, [x, y]| try_op!(b, cross_entropy(x, y)));
    assert_eq!(
        text,
        "`label` of `cross_entropy` has the shape [2, 3], found [2, 4]\n\
         note: `scores` is [2, 3]\n\
         note: `f32` targets are probabilities of the classes; labels are whole numbers\n\
         help: change one of the sizes; to repeat a size of 1 on purpose, write `expand`\n\
         at 1"
    );
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, cross_entropy(x, x, ignore_index = 1)));
    assert_eq!(
        text,
        "`ignore_index` of `cross_entropy` goes with labels, but the target holds probabilities\n\
         help: leave it out, or set the probabilities of what does not count to 0\n\
         at 3"
    );
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, cross_entropy(x, x, label_smoothing = 1.5)));
    assert_eq!(
        text,
        "`label_smoothing` of `cross_entropy` is a part of the whole, 0 to 1, found 1.5\n\
         help: write the part that all classes share, for instance `label_smoothing = 0.1`\n\
         at 5"
    );
}
