//! Ending trials early that do worse than most.

use crate::metrics::Direction;

/// The median stopping rule: a trial is pruned when its best score so far is worse than the median of the scores that
/// finished trials reported for the same epoch.
///
/// ```
/// use macrograd::train::tune::MedianPruning;
///
/// let pruning = MedianPruning { warm_up: 2, ..MedianPruning::default() };
/// assert_eq!(pruning.startup, 5);
/// ```
///
/// # Numerics
/// The median of an even number of scores is the mean of the two in the middle. NaN among them is left out; a trial that
/// reported nothing but NaN is pruned, once the rule holds.
///
/// # Source
/// Golovin et al., "Google Vizier: A Service for Black-Box Optimization", KDD 2017, section 3.2.2,
/// <https://doi.org/10.1145/3097983.3098043>, with the scores of an epoch for running averages, as Optuna's
/// `MedianPruner` has it, whose `n_warmup_steps` is [`warm_up`](MedianPruning::warm_up) for steps that count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MedianPruning {
    /// No trial is pruned before so many have finished; 5 unless you choose.
    pub startup: usize,
    /// No trial is pruned in its first so many epochs, counted from 1; 0 unless you choose.
    pub warm_up: u64,
}

impl Default for MedianPruning {
    fn default() -> MedianPruning {
        MedianPruning { startup: 5, warm_up: 0 }
    }
}

impl MedianPruning {
    /// Whether a trial with these `reports` should be pruned, seeing those of the `finished` trials.
    pub(super) fn prunes(
        self,
        reports: &[(u64, f64)],
        finished: &[&[(u64, f64)]],
        direction: Direction,
    ) -> bool {
        let Some(&(epoch, _)) = reports.last() else { return false };
        // Before any has finished, there is nothing to be worse than.
        if finished.len() < self.startup.max(1) || epoch <= self.warm_up {
            return false;
        }
        let best = reports.iter().fold(
            f64::NAN,
            |best, &(_, score)| {
                if direction.is_better(score, best) { score } else { best }
            },
        );
        let scores = finished.iter().filter_map(|reports| score_at(reports, epoch)).collect();
        best.is_nan() || median(scores).is_some_and(|median| direction.is_better(median, best))
    }
}

/// What was reported for an epoch.
fn score_at(reports: &[(u64, f64)], epoch: u64) -> Option<f64> {
    reports.iter().find(|&&(reported, _)| reported == epoch).map(|&(_, score)| score)
}

fn median(mut scores: Vec<f64>) -> Option<f64> {
    scores.retain(|score| !score.is_nan());
    scores.sort_by(f64::total_cmp);
    let middle = scores.len() / 2;
    match scores.len() {
        0 => None,
        len if len % 2 == 1 => Some(scores[middle]),
        _ => Some(0.5 * (scores[middle - 1] + scores[middle])),
    }
}
