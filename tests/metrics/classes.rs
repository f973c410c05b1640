//! Metrics of predicted classes.

use crate::golden::{assert_close, check, labels, reals, values};
use macrograd::metrics::{
    Accuracy, Average, ConfusionMatrix, Direction, F1, FBeta, Iou, Metric, MetricError, Precision, Recall,
    Targets, TopK, Values,
};
use macrograd::{Const, Tensor};

const CASES: [(&str, f32); 5] =
    [("multi", 0.5), ("absent", 0.5), ("images", 0.5), ("binary", 0.5), ("binary_low", 0.25)];

#[track_caller]
fn check_value(case: &str, name: &str, metric: &mut impl Metric) {
    let name = format!("{case}/{name}");
    let (scores, labels) = (reals(&format!("{case}/scores")), labels(&format!("{case}/labels")));
    check(&name, metric, &scores, &labels, values(&name)[0]);
}

#[test]
fn accuracy_and_iou_agree_with_scikit_learn() {
    for (case, threshold) in CASES {
        check_value(case, "accuracy", &mut Accuracy::new().threshold(threshold));
        check_value(case, "iou", &mut Iou::new().threshold(threshold));
    }
}

#[test]
fn precision_and_recall_agree_with_scikit_learn() {
    for (case, threshold) in CASES {
        for (text, average) in
            [("macro", Average::Macro), ("micro", Average::Micro), ("weighted", Average::Weighted)]
        {
            let name = |metric: &str| format!("{metric}.{text}");
            check_value(case, &name("precision"), &mut Precision::new(average).threshold(threshold));
            check_value(case, &name("recall"), &mut Recall::new(average).threshold(threshold));
            check_value(case, &name("f1"), &mut F1::new(average).threshold(threshold));
            check_value(case, &name("f_half"), &mut FBeta::new(0.5, average).threshold(threshold));
            check_value(case, &name("f_two"), &mut FBeta::new(2.0, average).threshold(threshold));
        }
    }
}

#[test]
fn values_of_one_class_agree_with_scikit_learn() {
    for (case, threshold) in CASES {
        let (scores, labels) = (reals(&format!("{case}/scores")), labels(&format!("{case}/labels")));
        let all = scores.num_samples();
        let expected = values(&format!("{case}/f1.per_class"));
        let mut every = F1::new(Average::Macro).threshold(threshold);
        every.update(scores.samples(0, all), labels.samples(0, all)).expect("samples that fit");
        assert_eq!(every.per_class().len(), expected.len());
        for (class, &expected) in expected.iter().enumerate() {
            assert_close(case, every.per_class()[class], expected);
            let mut one = F1::new(Average::Class(class)).threshold(threshold);
            check(case, &mut one, &scores, &labels, expected);
        }
        for (name, found) in [
            ("precision", per_class(Precision::new(Average::Macro).threshold(threshold), case)),
            ("recall", per_class(Recall::new(Average::Macro).threshold(threshold), case)),
            ("f_half", per_class(FBeta::new(0.5, Average::Macro).threshold(threshold), case)),
        ] {
            let expected = values(&format!("{case}/{name}.per_class"));
            found.iter().zip(expected).for_each(|(&found, expected)| assert_close(name, found, expected));
        }
    }
}

trait PerClass: Metric {
    fn per_class(&self) -> Vec<f64>;
}
macro_rules! per_class {
    ($($name:ident)*) => {$(
        impl PerClass for $name {
            fn per_class(&self) -> Vec<f64> {
                $name::per_class(self)
            }
        }
    )*};
}
per_class!(Precision Recall FBeta);

fn per_class(mut metric: impl PerClass, case: &str) -> Vec<f64> {
    let (scores, labels) = (reals(&format!("{case}/scores")), labels(&format!("{case}/labels")));
    let all = scores.num_samples();
    metric.update(scores.samples(0, all), labels.samples(0, all)).expect("samples that fit");
    metric.per_class()
}

#[test]
fn top_k_agrees_with_torchmetrics() {
    let (scores, labels) = (reals("multi/scores"), labels("multi/labels"));
    for k in [1, 2, 3, 5] {
        // torchmetrics divides in f32.
        let share = values(&format!("multi/top_{k}"))[0] * scores.num_samples() as f64;
        let expected = share.round() / scores.num_samples() as f64;
        check(&format!("top {k}"), &mut TopK::new(k), &scores, &labels, expected);
    }
    assert_eq!(TopK::new(5).name(), "top_5_accuracy");
}

#[test]
fn of_equal_scores_the_first_class_comes_first() {
    let mut accuracy = Accuracy::new();
    let (scores, labels) = (Tensor::from_vec((2, 3), vec![1.0, 1.0, 0.0, 0.0, 2.0, 2.0]), [0_u8, 2]);
    accuracy.update(&scores, &labels).expect("scores of three classes");
    assert_eq!(accuracy.value(), 0.5);
    for (k, expected) in [(1, 0.5), (2, 1.0)] {
        let mut top = TopK::new(k);
        top.update(&scores, &labels).expect("scores of three classes");
        assert_eq!(top.value(), expected);
    }
}

#[test]
fn tensors_views_slices_and_every_type_of_label_are_taken() {
    let logits = Tensor::from_vec((2, Const::<2>), vec![0.1, 0.9, 0.8, 0.3]);
    let mut accuracy = Accuracy::new();
    accuracy.update(&logits, &Tensor::from_vec((2,), vec![1_u8, 0])).expect("u8");
    accuracy.update(logits.view(), Tensor::from_vec((2,), vec![1_u32, 0]).view()).expect("u32");
    accuracy.update(&logits, &[1_i64, 1]).expect("i64");
    accuracy.update(&logits, &vec![0.0, 1.0]).expect("f32");
    assert_eq!(accuracy.value(), 5.0 / 8.0);

    // Binary scores with targets of the same shape.
    let mut binary = Accuracy::new().threshold(0.0);
    let scores = Tensor::from_vec((3, Const::<1>), vec![-1.0, 2.0, 0.0]);
    binary.update(&scores, &Tensor::from_vec((3, Const::<1>), vec![0.0, 1.0, 1.0])).expect("as in a loss");
    binary.update(&scores, &[0_u8, 1, 1]).expect("labels");
    assert_eq!(binary.value(), 2.0 / 3.0);
    let masks = Tensor::from_vec((1, 1, 2, 2), vec![0.9, 0.1, 0.7, 0.2]);
    let mut iou = Iou::new();
    iou.update(&masks, &Tensor::from_vec((1, 2, 2), vec![1_u8, 0, 0, 0])).expect("a mask");
    assert_eq!(iou.per_class(), [2.0 / 3.0, 0.5]);
    iou.reset();
    iou.update(&masks, &Tensor::from_vec((1, 1, 2, 2), vec![1.0, 0.0, 0.0, 0.0])).expect("a mask of reals");
    assert_eq!(iou.value(), (2.0 / 3.0 + 0.5) / 2.0);
}

#[test]
fn metrics_are_kept_in_lists() {
    let mut metrics: Vec<Box<dyn Metric>> =
        vec![Box::new(Accuracy::new()), Box::new(Recall::new(Average::Class(1))), Box::new(Iou::new())];
    for metric in &mut metrics {
        metric.update(&[0.9, 0.2, 0.4], &[1_u8, 0, 1]).expect("binary scores");
        assert_eq!(metric.direction(), Direction::HigherIsBetter);
    }
    let values: Vec<_> = metrics.iter().map(|metric| (metric.name(), metric.value())).collect();
    assert_eq!(values, [("accuracy", 2.0 / 3.0), ("recall", 0.5), ("iou", 0.5)]);
}

#[test]
fn directions_compare_values() {
    assert!(Direction::HigherIsBetter.is_better(0.6, 0.5));
    assert!(!Direction::LowerIsBetter.is_better(0.6, 0.5));
    assert!(Direction::LowerIsBetter.is_better(0.6, f64::NAN));
    assert!(!Direction::LowerIsBetter.is_better(f64::NAN, 0.6));
    assert!(!Direction::HigherIsBetter.is_better(0.5, 0.5));
}

#[test]
fn ignored_labels_do_not_count_whatever_their_scores() {
    let scores = Tensor::from_vec((3, 2), vec![0.0, 1.0, f32::NAN, 0.0, 1.0, 0.0]);
    let labels = [1_i64, -100, 1];
    let mut accuracy = Accuracy::new().ignore_index(-100);
    accuracy.update(&scores, &labels).expect("the NaN is ignored");
    assert_eq!(accuracy.value(), 0.5);
    let mut recall = Recall::new(Average::Macro).ignore_index(-100);
    recall.update(&scores, &labels).expect("the NaN is ignored");
    assert_eq!(recall.per_class(), [0.0, 0.5]);
    let mut top = TopK::new(1).ignore_index(-100);
    top.update(&scores, &labels).expect("the NaN is ignored");
    assert_eq!(top.value(), 0.5);

    let mut nothing = Recall::new(Average::Macro).ignore_index(1);
    nothing.update(&[0.1], &[1_u8]).expect("a sample that is ignored");
    assert!(nothing.value().is_nan());
}

#[test]
fn confusion_matrices_agree_with_scikit_learn() {
    for (case, threshold) in CASES {
        let (scores, labels) = (reals(&format!("{case}/scores")), labels(&format!("{case}/labels")));
        let expected = crate::golden::labels(&format!("{case}/confusion"));
        let classes = expected.shape[0];
        let mut matrix = ConfusionMatrix::new(classes).threshold(threshold);
        check(case, &mut matrix, &scores, &labels, values(&format!("{case}/accuracy"))[0]);
        let all = scores.num_samples();
        matrix.update(scores.samples(0, all), labels.samples(0, all)).expect("samples that fit");
        let found: Vec<i64> = matrix.rows().flatten().map(|&count| count as i64).collect();
        assert_eq!(found, expected.data, "`{case}`");
        for (label, row) in matrix.normalised().iter().enumerate() {
            let sum: f64 = row.iter().sum();
            let count: i64 = expected.data[label * classes..][..classes].iter().sum();
            assert!((sum - f64::from(u8::from(count > 0))).abs() < 1e-12, "`{case}`, row {label}: {row:?}");
        }
    }
}

#[test]
fn confusion_matrices_are_printed_as_tables() {
    let mut matrix = ConfusionMatrix::new(3).class_names(["T-shirt", "Ärmel", "a rather long name"]);
    let scores = Tensor::from_vec((4, 3), vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    for _ in 0..50 {
        matrix.update(&scores, &[0_u8, 1, 1, 0]).expect("scores of three classes");
    }
    assert_eq!(
        matrix.to_string(),
        "label \\ predicted   T-shirt  Ärmel  a rather long name\n\
         T-shirt                  50      0                  50\n\
         Ärmel                    50     50                   0\n\
         a rather long name        0      0                   0\n"
    );
    assert_eq!(
        format!("{matrix:#}"),
        "label \\ predicted   T-shirt  Ärmel  a rather long name\n\
         T-shirt               0.500  0.000               0.500\n\
         Ärmel                 0.500  0.500               0.000\n\
         a rather long name    0.000  0.000               0.000\n"
    );
}

#[test]
fn a_batch_that_is_refused_is_not_counted() {
    let mut recall = Recall::new(Average::Macro);
    recall.update(&[0.9, 0.1], &[1_u8, 1]).expect("binary scores");
    let before = recall.clone();
    let error = recall.update(&[0.9, 0.1], &[1_u8, 2]).expect_err("there are two classes");
    assert_eq!(error, MetricError::LabelOutOfRange { position: 1, label: 2, classes: 2 });
    assert_eq!(recall, before);
}

#[test]
fn labels_are_of_any_type() {
    fn value<'a>(labels: impl Into<Targets<'a>>) -> f64 {
        let mut accuracy = Accuracy::new().ignore_index(-100);
        let scores = Values::new(&[3, 2], &[0.0, 1.0, 1.0, 0.0, 0.0, 1.0]).expect("three samples");
        accuracy.accumulate(scores, labels.into()).expect("labels are classes");
        accuracy.value()
    }
    assert_eq!(value(&[1_u8, 1, 1]), 2.0 / 3.0);
    assert_eq!(value(&[1_u16, 1, 1]), 2.0 / 3.0);
    assert_eq!(value(&[1_u32, 1, 1]), 2.0 / 3.0);
    assert_eq!(value(&[1_u64, 1, 1]), 2.0 / 3.0);
    assert_eq!(value(&[1_i8, -100, 1]), 1.0);
    assert_eq!(value(&[1_i16, -100, 1]), 1.0);
    assert_eq!(value(&[1_i32, -100, 1]), 1.0);
    assert_eq!(value(&[1_i64, -100, 1]), 1.0);
    assert_eq!(value(&[1.0_f32, -100.0, 1.0]), 1.0);
}
