//! What metrics say of outputs and targets that they cannot judge.

use macrograd::Tensor;
use macrograd::metrics::{
    Accuracy, AnyShape, Average, ConfusionMatrix, F1, MeanSquaredError, Metric, Perplexity, R2, RocAuc,
    Targets, TopK, Values,
};

#[track_caller]
fn assert_refused<'a>(
    mut metric: impl Metric,
    outputs: impl Into<Values<'a>>,
    targets: impl Into<Targets<'a>>,
    text: &str,
) {
    let error = metric.update(outputs, targets).expect_err(text);
    assert_eq!(error.to_string(), text);
}

#[test]
fn shapes_that_do_not_fit() {
    let scores = Tensor::zeros((4, 10));
    assert_refused(
        Accuracy::new(),
        &scores,
        &[0_u8; 5],
        "outputs of shape [4, 10] need targets of shape [4], but these have shape [5]; give one target for each output",
    );
    assert_refused(
        Accuracy::new(),
        &scores,
        &Tensor::<u8, _>::zeros((4, 10)),
        "outputs of shape [4, 10] need targets of shape [4], but these have shape [4, 10]; give one target for each \
         output",
    );
    assert_refused(
        F1::new(Average::Macro),
        &Tensor::scalar(1.0),
        &[0_u8],
        "`f1` takes scores of shape [N, C] or [N, C, …] with C classes, or [N] with two, but the outputs have shape []; \
         reshape them so that samples come first and classes second",
    );
    assert_refused(
        TopK::new(5),
        &[0.5],
        &[0_u8],
        "`top_k_accuracy` takes scores of shape [N, C] or [N, C, …] with at least 2 classes, but the outputs have shape \
         [1]; use `Accuracy` for a single score",
    );
    assert_refused(
        MeanSquaredError::new(),
        &Tensor::zeros((3, 2)),
        &[0.0; 3],
        "outputs of shape [3, 2] need targets of shape [3, 2], but these have shape [3]; give one target for each output",
    );
    assert_refused(
        R2::new(),
        &Tensor::scalar(1.0),
        &Tensor::scalar(1.0),
        "`r2` takes values of shape [N] or [N, …], but the outputs have shape []; reshape them so that samples come first",
    );
    assert_refused(
        Perplexity::new().class_axis(2),
        &scores,
        &[0_u8; 4],
        "`perplexity` takes logits of shape [N, …, V], or with V at the axis of `class_axis`, but the outputs have shape \
         [4, 10]; reshape them so that they have an axis of the vocabulary",
    );
    assert!(Accuracy::new().update(&Tensor::zeros((4, 0)), &[0_u8; 4]).is_err());
    assert_eq!(
        AnyShape::new(&[2, 3], &[0.0; 5]).expect_err("five elements").to_string(),
        "shape [2, 3] is that of 6 elements, but there are 5; give the shape that they have"
    );
    assert!(AnyShape::new(&[1; 9], &[0.0]).is_err());
    assert!(AnyShape::<f32>::new(&[usize::MAX, 2], &[]).is_err());
    assert!(AnyShape::<f32>::new(&[usize::MAX, 2, 0], &[]).is_ok());
}

#[test]
fn labels_that_are_no_classes() {
    let scores = Tensor::zeros((3, 4));
    let text = "label 4 at position 2 is out of range: the scores are for 4 classes, numbered from 0; correct it, or \
                leave it out with `ignore_index(4)`";
    assert_refused(Accuracy::new(), &scores, &[0_u8, 3, 4], text);
    assert_refused(TopK::new(2), &scores, &[0_u32, 3, 4], text);
    assert_refused(F1::new(Average::Micro), &scores, &[0_i64, 3, 4], text);
    assert_refused(ConfusionMatrix::new(4), &scores, &[0.0, 3.0, 4.0], text);
    assert_refused(RocAuc::new(), &scores, &[0_u8, 3, 4], text);
    assert_refused(Perplexity::new(), &scores, &[0_u8, 3, 4], text);
    assert_refused(
        Accuracy::new(),
        &scores,
        &[0_i64, -1, 2],
        "label -1 at position 1 is out of range: the scores are for 4 classes, numbered from 0; correct it, or leave it \
         out with `ignore_index(-1)`",
    );
    for (target, text) in [(0.5, "0.5"), (f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
        assert_refused(
            Accuracy::new(),
            &[0.1, 0.2],
            &[0.0, target],
            &format!("target {text} at position 1 is not the number of a class; give whole numbers from 0"),
        );
    }
}

#[test]
fn scores_without_an_order() {
    let scores = Tensor::from_vec((2, 3), vec![0.0, 1.0, 2.0, 3.0, f32::NAN, 5.0]);
    let text = "the score at position 4 is NaN, which has no place in an order; look for where it arises";
    assert_refused(Accuracy::new(), &scores, &[0_u8, 2], text);
    assert_refused(TopK::new(1), &scores, &[0_u8, 2], text);
    assert_refused(F1::new(Average::Macro), &scores, &[0_u8, 2], text);
    assert_refused(RocAuc::new(), &scores, &[0_u8, 2], text);
}

#[test]
fn other_numbers_of_classes() {
    let mut f1 = F1::new(Average::Macro);
    f1.update(&Tensor::zeros((1, 3)), &[0_u8]).expect("three classes");
    assert_refused(
        f1,
        &Tensor::zeros((1, 4)),
        &[0_u8],
        "`f1` counts 3 classes, but these scores are for 4; use one metric for each number of classes, or call `reset` \
         between them",
    );
    let mut roc = RocAuc::new();
    roc.update(&[0.5], &[0_u8]).expect("two classes");
    assert_refused(
        roc,
        &Tensor::zeros((1, 4)),
        &[0_u8],
        "`roc_auc` counts 2 classes, but these scores are for 4; use one metric for each number of classes, or call \
         `reset` between them",
    );
    assert!(ConfusionMatrix::new(10).update(&[0.5], &[0_u8]).is_err());
    assert_refused(
        F1::new(Average::Class(2)),
        &[0.5],
        &[0_u8],
        "`f1` is asked for class 2, but there are 2 classes, numbered from 0; name one of them in `Average::Class`",
    );
    let mut r2 = R2::new();
    r2.update(&Tensor::zeros((1, 3)), &Tensor::<f32, _>::zeros((1, 3))).expect("three values");
    assert_refused(
        r2,
        &[0.5],
        &[0_u8],
        "samples had 3 values in earlier batches, but have 1 in this one; call `reset` before judging another kind of \
         output",
    );
}

#[test]
#[should_panic(expected = "`k` is 0, but must be at least 1")]
fn no_classes_at_all() {
    let _ = TopK::new(0);
}
