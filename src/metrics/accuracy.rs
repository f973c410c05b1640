//! The share of samples whose class is predicted.

use super::classes::{Decision, decision_settings};
use super::counts::Share;
use super::{Direction, Metric, MetricError, Targets, Values};

/// Accuracy: the share of samples whose predicted class is the label, in 0..1.
///
/// The prediction is the class of the largest score, the first of equal ones; of a single score, class 1 when it is
/// above the threshold.
///
/// # Shapes
/// - outputs: `[N, C]` or `[N, C, …]`; for two classes also `[N]`, `[N, 1]` or `[N, 1, …]`
/// - targets: labels `[N]` or `[N, …]`
///
/// # Source
/// scikit-learn's `accuracy_score`.
#[derive(Clone, Debug, PartialEq)]
pub struct Accuracy {
    decision: Decision,
    share: Share,
}

impl Accuracy {
    /// With threshold 0.5, no label ignored.
    pub fn new() -> Accuracy {
        Accuracy { decision: Decision::new(), share: Share::default() }
    }

    decision_settings!(decision);
}

impl Default for Accuracy {
    fn default() -> Self {
        Accuracy::new()
    }
}

impl Metric for Accuracy {
    fn name(&self) -> &str {
        "accuracy"
    }
    fn accumulate(&mut self, outputs: Values<'_>, targets: Targets<'_>) -> Result<(), MetricError> {
        let pairs = self.decision.pairs("accuracy", &outputs, &targets)?.pairs;
        self.share.add(pairs.iter().filter(|(predicted, label)| predicted == label).count(), pairs.len());
        Ok(())
    }
    fn value(&self) -> f64 {
        self.share.value()
    }
    fn reset(&mut self) {
        self.share = Share::default();
    }
    fn direction(&self) -> Direction {
        Direction::HigherIsBetter
    }
}
