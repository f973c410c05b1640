//! The share of samples whose class is among the best predictions.

use super::classes::Scores;
use super::counts::Share;
use super::{Direction, Metric, MetricError, Targets, Values};

/// Top-k accuracy: the share of samples whose label is among the `k` classes with the largest scores, in 0..1.
///
/// Of equal scores, the class with the smaller number comes first, so that `TopK::new(1)` is [`Accuracy`](super::Accuracy).
/// With `k` classes or fewer the value is 1.
///
/// # Shapes
/// - outputs: `[N, C]` or `[N, C, …]` with at least two classes
/// - targets: labels `[N]` or `[N, …]`
///
/// # Source
/// scikit-learn's `top_k_accuracy_score`, which puts the larger number first where scores are equal.
#[derive(Clone, Debug, PartialEq)]
pub struct TopK {
    name: String,
    k: usize,
    ignore_index: Option<i64>,
    share: Share,
}

impl TopK {
    /// Of the `k` best classes.
    ///
    /// # Panics
    /// When `k` is 0.
    #[track_caller]
    pub fn new(k: usize) -> TopK {
        assert!(k > 0, "`k` is 0, but must be at least 1");
        TopK { name: format!("top_{k}_accuracy"), k, ignore_index: None, share: Share::default() }
    }

    /// Leaves out samples with this label, whose scores may then be anything.
    #[must_use]
    pub fn ignore_index(mut self, label: i64) -> Self {
        self.ignore_index = Some(label);
        self
    }
}

impl Metric for TopK {
    fn name(&self) -> &str {
        &self.name
    }
    fn accumulate(&mut self, outputs: Values<'_>, targets: Targets<'_>) -> Result<(), MetricError> {
        let scores = Scores::new("top_k_accuracy", &outputs)?;
        if scores.columns < 2 {
            return Err(MetricError::OutputShape {
                metric: "top_k_accuracy",
                expected: "scores of shape [N, C] or [N, C, …] with at least 2 classes",
                found: outputs.shape().to_vec(),
                remedy: "use `Accuracy` for a single score",
            });
        }
        let labels = scores.labels(&targets, self.ignore_index)?;
        let mut correct = 0;
        for &(position, label) in &labels {
            let own = scores.score(position, label)?;
            let mut num_before = 0;
            for column in 0..scores.columns {
                let score = scores.score(position, column)?;
                num_before += usize::from(score > own || (score == own && column < label));
            }
            correct += usize::from(num_before < self.k);
        }
        self.share.add(correct, labels.len());
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
