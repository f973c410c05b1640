//! Which trials are ended early: cases worked out by hand.

use macrograd::metrics::Direction::{self, HigherIsBetter, LowerIsBetter};
use macrograd::train::tune::{MedianPruning, Outcome, Range, Space, Study};

const ALWAYS: MedianPruning = MedianPruning { startup: 1, warm_up: 0 };

/// A search with finished trials that reported these scores, from epoch 1 on.
fn study(direction: Direction, pruning: MedianPruning, finished: &[&[f64]]) -> Study {
    let space = Space::new().with("x", Range::real(0.0, 1.0));
    let mut study = Study::new(space, direction).prune(pruning);
    for scores in finished {
        let number = study.ask().number;
        for (epoch, &score) in (1..).zip(*scores) {
            study.report(number, epoch, score).unwrap();
        }
        study.tell(number, Outcome::Finished(*scores.last().unwrap())).unwrap();
    }
    study
}

/// What the search says to each of these reports of a further trial.
fn verdicts(study: &mut Study, scores: &[f64]) -> Vec<bool> {
    let number = study.ask().number;
    (1..).zip(scores).map(|(epoch, &score)| study.report(number, epoch, score).unwrap()).collect()
}

/// Medians of the epochs: 3, 2, 1.
const FALLING: [&[f64]; 3] = [&[3.0, 2.0, 1.0], &[4.0, 3.0, 2.0], &[2.0, 1.0, 0.5]];

#[test]
fn a_trial_worse_than_the_median_is_pruned() {
    let mut losses = study(LowerIsBetter, ALWAYS, &FALLING);
    assert_eq!(verdicts(&mut losses, &[3.1, 1.9, 1.5]), [true, false, true]);
    // As good as the median is good enough.
    assert_eq!(verdicts(&mut losses, &[3.0, 2.0, 1.0]), [false, false, false]);
    let negated: Vec<Vec<f64>> =
        FALLING.iter().map(|scores| scores.iter().map(|score| -score).collect()).collect();
    let negated: Vec<&[f64]> = negated.iter().map(Vec::as_slice).collect();
    let mut rewards = study(HigherIsBetter, ALWAYS, &negated);
    assert_eq!(verdicts(&mut rewards, &[-3.1, -1.9, -1.5]), [true, false, true]);
}

#[test]
fn the_best_score_so_far_counts() {
    let mut study = study(LowerIsBetter, ALWAYS, &FALLING);
    assert_eq!(verdicts(&mut study, &[0.9, 9.0, 9.0]), [false, false, false]);
}

#[test]
fn the_median_of_two_lies_between_them() {
    let mut study = study(LowerIsBetter, ALWAYS, &[&[1.0], &[2.0]]);
    assert_eq!(verdicts(&mut study, &[1.5]), [false]);
    assert_eq!(verdicts(&mut study, &[1.6]), [true]);
}

#[test]
fn the_first_epochs_and_trials_are_spared() {
    let mut warm = study(LowerIsBetter, MedianPruning { startup: 3, warm_up: 2 }, &FALLING);
    assert_eq!(verdicts(&mut warm, &[9.0, 9.0, 9.0]), [false, false, true]);
    let mut few = study(LowerIsBetter, MedianPruning { startup: 4, warm_up: 0 }, &FALLING);
    assert_eq!(verdicts(&mut few, &[9.0, 9.0, 9.0]), [false, false, false]);
    let mut none = study(LowerIsBetter, MedianPruning { startup: 0, warm_up: 0 }, &[]);
    assert_eq!(verdicts(&mut none, &[9.0, f64::NAN]), [false, false]);
}

#[test]
fn only_finished_trials_are_compared_with() {
    let mut study = study(LowerIsBetter, ALWAYS, &[&[3.0]]);
    for outcome in [Outcome::Pruned(1.0), Outcome::Failed("killed".into())] {
        let number = study.ask().number;
        study.report(number, 1, 1.0).unwrap();
        study.tell(number, outcome).unwrap();
    }
    assert_eq!(verdicts(&mut study, &[2.9]), [false]);
    // Nor is there anything to compare an epoch with that none of them reached.
    assert_eq!(verdicts(&mut study, &[3.0, 9.0]), [false, false]);
}

#[test]
fn trials_of_nothing_but_nan_are_pruned() {
    let mut losses = study(LowerIsBetter, ALWAYS, &FALLING);
    assert_eq!(verdicts(&mut losses, &[f64::NAN, f64::NAN]), [true, true]);
    assert_eq!(verdicts(&mut losses, &[2.0, f64::NAN]), [false, false]);
    // NaN that finished trials reported is left out of the median.
    let mut losses = study(LowerIsBetter, ALWAYS, &[&[f64::NAN, 1.0], &[2.0, 1.0]]);
    assert_eq!(verdicts(&mut losses, &[2.0]), [false]);
    assert_eq!(verdicts(&mut losses, &[2.1]), [true]);
}

#[test]
fn without_pruning_no_trial_is_pruned() {
    let mut study = study(LowerIsBetter, ALWAYS, &FALLING).prune(None);
    assert_eq!(verdicts(&mut study, &[9.0, 9.0, f64::NAN]), [false, false, false]);
}

/// After an interruption a trial may begin once more.
#[test]
fn a_later_report_of_an_epoch_replaces_what_came_after() {
    let mut study = study(LowerIsBetter, ALWAYS, &FALLING);
    assert_eq!(verdicts(&mut study, &[0.1, 0.1]), [false, false]);
    assert!(study.report(4, 1, 9.0).unwrap());
    assert_eq!(study.trials()[3].reports, [(1, 9.0)]);
}
