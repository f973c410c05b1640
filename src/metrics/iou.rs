//! How well segments of images cover each other.

use super::average::weighted_mean;
use super::classes::{Decision, decision_settings};
use super::counts::{ClassCount, ClassCounts};
use super::{Direction, Metric, MetricError, Targets, Values};

/// Intersection over union of predicted and labelled segments, the mean over classes:
/// `correct / (predicted + labelled - correct)`, in 0..1. Also called the Jaccard index.
///
/// Pixels of all images count together. Classes that no pixel is of or is predicted as are left out of the mean.
///
/// # Shapes
/// - outputs: scores `[N, C, height, width]`, or any other axes after the second; `[N, 1, …]` for two classes
/// - targets: labels `[N, height, width]`; pixels without a class have the label of
///   [`ignore_index`](Iou::ignore_index), often 255
///
/// # Source
/// M. Everingham et al., "The Pascal Visual Object Classes Challenge: A Retrospective", 2015, section 4.3; scikit-learn's
/// `jaccard_score` with the macro average.
#[derive(Clone, Debug, PartialEq)]
pub struct Iou {
    decision: Decision,
    counts: ClassCounts,
}

impl Iou {
    /// With threshold 0.5, no label ignored.
    pub fn new() -> Iou {
        Iou { decision: Decision::new(), counts: ClassCounts::default() }
    }

    decision_settings!(decision);

    /// The value of each class, NaN for one that does not occur; empty before the first batch.
    pub fn per_class(&self) -> Vec<f64> {
        self.counts.classes().iter().map(of_class).collect()
    }
}

/// Intersection over union of one class; NaN when both are empty.
fn of_class(class: &ClassCount) -> f64 {
    class.correct as f64 / (class.predicted + class.labelled - class.correct) as f64
}

impl Default for Iou {
    fn default() -> Self {
        Iou::new()
    }
}

impl Metric for Iou {
    fn name(&self) -> &str {
        "iou"
    }
    fn accumulate(&mut self, outputs: Values<'_>, targets: Targets<'_>) -> Result<(), MetricError> {
        let pairs = self.decision.pairs("iou", &outputs, &targets)?;
        self.counts.add("iou", &pairs)
    }
    fn value(&self) -> f64 {
        let occurring = self.counts.classes().iter().filter(|class| class.occurs());
        weighted_mean(occurring.map(|class| (of_class(class), 1.0)))
    }
    fn reset(&mut self) {
        self.counts.clear();
    }
    fn direction(&self) -> Direction {
        Direction::HigherIsBetter
    }
}
