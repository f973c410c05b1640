//! Areas under curves.

use crate::golden::{check, labels, reals, values};
use macrograd::Tensor;
use macrograd::metrics::{Average, Metric, PrAuc, RocAuc};

#[test]
fn areas_of_two_classes_agree_with_scikit_learn() {
    for case in ["rank", "rank_ties", "rank_equal"] {
        let (scores, labels) = (reals(&format!("{case}/scores")), labels(&format!("{case}/labels")));
        let value = |name: &str| values(&format!("{case}/{name}"))[0];
        check(case, &mut RocAuc::new(), &scores, &labels, value("roc_auc"));
        check(case, &mut PrAuc::new(), &scores, &labels, value("pr_auc"));
    }
}

#[test]
fn areas_of_several_classes_agree_with_scikit_learn() {
    let (scores, labels) = (reals("rank_multi/scores"), labels("rank_multi/labels"));
    for (text, average) in [
        ("macro", Average::Macro),
        ("weighted", Average::Weighted),
        ("micro", Average::Micro),
        ("class_2", Average::Class(2)),
    ] {
        let value = |name: &str| values(&format!("rank_multi/{name}.{text}"))[0];
        check(text, &mut RocAuc::new().average(average), &scores, &labels, value("roc_auc"));
        check(text, &mut PrAuc::new().average(average), &scores, &labels, value("pr_auc"));
    }
}

fn areas(scores: &[f32], labels: &[u8]) -> (f64, f64) {
    let (mut roc, mut pr) = (RocAuc::new(), PrAuc::new());
    roc.update(scores, labels).expect("binary scores");
    pr.update(scores, labels).expect("binary scores");
    (roc.value(), pr.value())
}

#[test]
fn equal_scores_are_half_a_pair() {
    assert_eq!(areas(&[0.1, 0.4, 0.4, 0.8], &[0, 1, 0, 1]), (3.5 / 4.0, 0.5 + 0.5 * 2.0 / 3.0));
    // Both zeros are equal, and infinite scores have their place.
    assert_eq!(areas(&[0.0, -0.0], &[1, 0]).0, 0.5);
    assert_eq!(areas(&[-0.0, 0.0], &[1, 0]).0, 0.5);
    assert_eq!(areas(&[f32::INFINITY, f32::NEG_INFINITY], &[1, 0]), (1.0, 1.0));
}

#[test]
fn samples_of_one_class_have_no_area() {
    let (roc, pr) = areas(&[0.1, 0.2], &[1, 1]);
    assert!(roc.is_nan());
    assert_eq!(pr, 1.0);
    let (roc, pr) = areas(&[0.1, 0.2], &[0, 0]);
    assert!(roc.is_nan());
    assert_eq!(pr, 0.0);
}

#[test]
fn classes_without_samples_are_left_out_of_averages() {
    let scores = Tensor::from_vec((3, 3), vec![0.8, 0.2, 0.0, 0.3, 0.6, 0.1, 0.4, 0.5, 0.1]);
    for average in [Average::Macro, Average::Weighted] {
        let (mut roc, mut pr) = (RocAuc::new().average(average), PrAuc::new().average(average));
        roc.update(&scores, &[0_u8, 1, 0]).expect("scores of three classes");
        pr.update(&scores, &[0_u8, 1, 0]).expect("scores of three classes");
        assert_eq!((roc.value(), pr.value()), (1.0, 1.0));
    }
}

#[test]
fn of_two_columns_the_second_counts() {
    let mut roc = RocAuc::new();
    roc.update(&Tensor::from_vec((3, 2), vec![9.0, 0.1, -9.0, 0.3, 0.0, 0.2]), &[0_u8, 1, 1])
        .expect("two columns");
    roc.update(&Tensor::from_vec((1, 1), vec![0.15]), &[0_u8]).expect("one column");
    assert_eq!(roc.value(), 1.0);
}
