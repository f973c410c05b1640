//! How samples are divided and drawn: every sample once, shares of classes, scikit-learn's sizes and weights.

use macrograd::Error;
use macrograd::data::split::{
    Fold, SplitError, WeightedSampler, class_weights, group_k_fold, k_fold, random_split, sample_weights,
    stratified_k_fold, stratified_split,
};
use macrograd_runtime::random::Philox;

/// What scikit-learn 1.9.1 was asked about, too.
const LABELS: [u8; 17] = [2, 0, 0, 1, 2, 2, 2, 0, 1, 1, 2, 0, 2, 1, 2, 2, 2];

fn sizes(parts: &[Vec<usize>]) -> Vec<usize> {
    parts.iter().map(Vec::len).collect()
}

/// That all indices below `len` are in one part each, ascending inside a part.
#[track_caller]
fn assert_once<'a>(parts: impl IntoIterator<Item = &'a Vec<usize>>, len: usize) {
    let mut all: Vec<usize> = Vec::new();
    for part in parts {
        assert!(part.is_sorted(), "{part:?}");
        all.extend(part);
    }
    all.sort_unstable();
    assert_eq!(all, (0..len).collect::<Vec<_>>());
}

/// That each sample is tested once, and learnt from where it is not tested.
#[track_caller]
fn assert_folds(folds: &[Fold], len: usize) {
    assert_once(folds.iter().map(|fold| &fold.test), len);
    for Fold { train, test } in folds {
        assert_once([train, test], len);
    }
}

fn count<L: PartialEq>(labels: &[L], indices: &[usize], class: L) -> usize {
    indices.iter().filter(|&&index| labels[index] == class).count()
}

#[test]
fn sizes_are_those_of_the_largest_remainder() {
    for (len, fractions, expected) in [
        (0, &[0.5, 0.5][..], &[0, 0][..]),
        (1, &[0.5, 0.5], &[1, 0]),
        (1, &[0.2, 0.8], &[0, 1]),
        (2, &[0.4, 0.3, 0.3], &[1, 1, 0]),
        (10, &[0.7, 0.15, 0.15], &[7, 2, 1]),
        (100, &[0.29, 0.71], &[29, 71]),
        (10, &[1.0], &[10]),
        (5, &[1.0 / 3.0, 1.0 / 3.0, 0.333_333], &[2, 2, 1]),
    ] {
        let parts = random_split(len, fractions, 3);
        assert_eq!(sizes(&parts), expected, "{len} by {fractions:?}");
        assert_once(&parts, len);
    }
}

#[test]
fn a_seed_says_everything() {
    let fractions = [0.5, 0.5];
    assert_eq!(random_split(50, &fractions, 1), random_split(50, &fractions, 1));
    assert_ne!(random_split(50, &fractions, 1), random_split(50, &fractions, 2));
    let stratified = |seed| stratified_split(&LABELS, &fractions, seed).expect("classes are large enough");
    assert_eq!(stratified(1), stratified(1));
    assert_ne!(stratified(1), stratified(2));
    let folds = |seed| stratified_k_fold(&LABELS, 2, seed).expect("classes are large enough");
    assert_eq!(folds(1), folds(1));
    assert_ne!(folds(1), folds(2));
    assert_eq!(k_fold(20, 4, 1), k_fold(20, 4, 1));
    assert_ne!(k_fold(20, 4, 1), k_fold(20, 4, 2));
}

#[test]
fn classes_and_totals_are_divided_by_the_fractions() {
    let mut random = Philox::new(5, 0);
    for case in 0..300 {
        let num_classes = 1 + random.below(6);
        let counts: Vec<usize> = (0..num_classes).map(|_| 20 + random.below(60)).collect();
        let mut labels: Vec<i64> =
            counts.iter().enumerate().flat_map(|(class, &count)| vec![class as i64 - 2; count]).collect();
        random.shuffle(&mut labels);
        let fractions =
            [&[0.8, 0.1, 0.1][..], &[0.5, 0.5], &[0.6, 0.25, 0.15], &[0.25, 0.25, 0.25, 0.25]][case % 4];

        let parts = stratified_split(&labels, fractions, case as u64).expect("classes are large enough");
        assert_once(&parts, labels.len());
        assert_eq!(sizes(&parts), sizes(&random_split(labels.len(), fractions, 0)));
        for (part, fraction) in parts.iter().zip(fractions) {
            for (class, &of_class) in counts.iter().enumerate() {
                let found = count(&labels, part, class as i64 - 2);
                let share = fraction * of_class as f64;
                assert!((found as f64 - share).abs() < 1.5, "{found} of {of_class} for {fraction}");
            }
        }
    }
}

#[test]
fn every_part_has_every_class() {
    let labels = ["a", "b", "b", "b", "a", "b", "b", "b", "b", "b", "b", "a"];
    let parts = stratified_split(&labels, &[0.8, 0.1, 0.1], 0).expect("three of a, nine of b");
    // More than the fractions give to the small parts.
    assert_eq!(sizes(&parts), [8, 2, 2]);
    assert!(parts.iter().all(|part| count(&labels, part, "a") >= 1 && count(&labels, part, "b") >= 1));
    assert_once(&parts, 12);
}

#[test]
fn a_class_that_is_too_small_is_named_with_its_count() {
    let labels = [7_u32, 7, 7, 9];
    let expected = SplitError::ClassTooSmall { class: "9".to_string(), count: 1, parts: 2 };
    assert_eq!(stratified_split(&labels, &[0.5, 0.5], 0), Err(expected.clone()));
    assert_eq!(stratified_k_fold(&labels, 2, 0), Err(expected.clone()));
    let text = expected.to_string();
    assert!(text.contains("class 9 has 1 samples, too few for 2 parts"), "{text}");

    let empty: [u8; 0] = [];
    assert_eq!(stratified_split(&empty, &[0.5, 0.5], 0), Ok(vec![vec![], vec![]]));
    let one_class = stratified_split(&[1_u8; 10], &[0.9, 0.1], 0).expect("ten samples");
    assert_eq!(sizes(&one_class), [9, 1]);
}

#[test]
fn folds_test_every_sample_once() {
    for (len, k, expected) in [(2, 2, &[1, 1][..]), (17, 3, &[6, 6, 5]), (17, 4, &[5, 4, 4, 4])] {
        let folds = k_fold(len, k, 9).expect("enough samples");
        assert_folds(&folds, len);
        // scikit-learn's KFold, too.
        assert_eq!(folds.iter().map(|fold| fold.test.len()).collect::<Vec<_>>(), expected);
    }
    for len in [0, 1] {
        assert_eq!(k_fold(len, 2, 0), Err(SplitError::TooFewSamples { len, k: 2 }));
    }
    assert_eq!(stratified_k_fold(&[0_u8], 2, 0), Err(SplitError::TooFewSamples { len: 1, k: 2 }));
}

/// Samples, then those of each class, that the folds of `StratifiedKFold(k, shuffle=True)` test.
#[test]
fn stratified_folds_have_scikit_learns_sizes() {
    for (k, expected) in [
        (2, &[[9, 2, 2, 5], [8, 2, 2, 4]][..]),
        (3, &[[6, 2, 1, 3], [6, 1, 2, 3], [5, 1, 1, 3]]),
        (4, &[[5, 1, 1, 3], [4, 1, 1, 2], [4, 1, 1, 2], [4, 1, 1, 2]]),
    ] {
        let folds = stratified_k_fold(&LABELS, k, 0).expect("classes are large enough");
        assert_folds(&folds, LABELS.len());
        let of = |class, fold: &Fold| count(&LABELS, &fold.test, class);
        let found: Vec<_> =
            folds.iter().map(|fold| [fold.test.len(), of(0, fold), of(1, fold), of(2, fold)]).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn no_group_is_on_both_sides() {
    let mut random = Philox::new(6, 0);
    for _ in 0..50 {
        let groups: Vec<usize> = (0..60).map(|_| random.below(12)).collect();
        let folds = group_k_fold(&groups, 3).expect("enough groups");
        assert_folds(&folds, groups.len());
        for Fold { train, test } in &folds {
            assert!(test.iter().all(|&index| count(&groups, train, groups[index]) == 0));
        }
    }
    let folds = group_k_fold(&["x", "y", "y", "z", "z", "z"], 2).expect("three groups");
    assert_eq!(folds[0].test, [3, 4, 5]);
    assert_eq!(group_k_fold(&[1_u8, 1], 2), Err(SplitError::TooFewGroups { groups: 1, k: 2 }));
}

#[test]
fn weights_are_scikit_learns() {
    // compute_class_weight("balanced")
    let expected = [1.416_666_6, 1.416_666_6, 0.629_629_6].map(|weight: f64| weight as f32);
    let weights = class_weights(&LABELS, 4).expect("labels are in range");
    for (found, expected) in weights.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} and {expected}");
    }
    assert_eq!(weights[3], 0.0, "no label of this class");
    let samples = sample_weights(&LABELS, 4).expect("labels are in range");
    assert!((samples.iter().sum::<f32>() - 17.0).abs() < 1e-5);
    assert_eq!(samples[1], weights[0]);

    assert_eq!(class_weights::<u8>(&[], 2).expect("nothing is out of range"), [0.0, 0.0]);
    let out_of_range = class_weights(&[0_i64, -1], 2);
    assert!(matches!(out_of_range, Err(Error::LabelOutOfRange { position: 1, label: -1, classes: 2 })));
}

#[test]
fn draws_follow_weights() {
    let weights = [0.0, 1.0, 0.0, 3.0, 4.0, 0.0];
    let sampler = WeightedSampler::new(weights).expect("good weights");
    let (n, mut counts) = (80_000, [0_usize; 6]);
    sampler.draws(1, 0).take(n).for_each(|index| counts[index] += 1);
    for (count, weight) in counts.into_iter().zip(weights) {
        let chance = weight / 8.0;
        let deviation = (n as f64 * chance * (1.0 - chance)).sqrt();
        assert!((count as f64 - n as f64 * chance).abs() <= 4.0 * deviation, "{count} for {chance}");
    }
    let drawn = |seed, epoch| sampler.draws(seed, epoch).take(20).collect::<Vec<_>>();
    assert_eq!(drawn(1, 2), drawn(1, 2));
    assert_ne!(drawn(1, 2), drawn(1, 3));
    assert_ne!(drawn(1, 2), drawn(2, 2));
    let smallest = WeightedSampler::new([0.0, f64::from_bits(1), 0.0]).expect("a positive weight");
    assert!(smallest.draws(0, 0).take(1000).all(|index| index == 1));
}

#[test]
fn balanced_draws_see_classes_equally_often() {
    let mut labels = vec![0_u8; 990];
    labels.extend([1; 10]);
    let sampler = WeightedSampler::balanced(&labels).expect("there are labels");
    let rare = sampler.draws(3, 0).take(10_000).filter(|&index| labels[index] == 1).count();
    assert!((4_800..5_200).contains(&rare), "{rare}");
}

#[test]
fn weights_that_cannot_be_drawn_by_are_named() {
    let bad =
        |weights: &[f64]| WeightedSampler::new(weights.iter().copied()).expect_err("no chances").to_string();
    assert!(bad(&[1.0, -0.5]).contains("position 1 is -0.5"));
    assert!(bad(&[f64::NAN]).contains("position 0 is NaN"));
    assert!(bad(&[0.0, 0.0]).contains("the 2 weights add up to 0"));
    assert!(bad(&[]).contains("the 0 weights add up to 0"));
    assert!(bad(&[f64::MAX, f64::MAX]).contains("inf"));
}

#[test]
#[should_panic(expected = "[0.5, 0.4] add up to 0.9, but must add up to 1")]
fn fractions_add_up_to_one() {
    random_split(10, &[0.5, 0.4], 0);
}

#[test]
#[should_panic(expected = "the fraction at position 1 is -0.5")]
fn fractions_are_positive() {
    random_split(10, &[1.5, -0.5], 0);
}

#[test]
#[should_panic(expected = "`k` is 1, but cross-validation needs at least 2 folds")]
fn one_fold_has_nothing_to_learn_from() {
    let _ = k_fold(10, 1, 0);
}
