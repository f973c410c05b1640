//! How well scores order samples: areas under curves, exact also where scores are equal.

use super::average::weighted_mean;
use super::classes::Scores;
use super::{Average, Direction, Metric, MetricError, Targets, Values};

/// Scores and labels of all samples so far: an order needs all of them.
#[derive(Clone, Debug, PartialEq)]
struct Ranking {
    average: Average,
    ignore_index: Option<i64>,
    /// Scores per sample: 1 for two classes. 0 before the first batch.
    columns: usize,
    scores: Vec<f32>,
    labels: Vec<usize>,
}

/// Samples of equal score.
#[derive(Clone, Copy, Debug, Default)]
struct Tie {
    positives: u64,
    negatives: u64,
}

impl Ranking {
    fn new() -> Ranking {
        Ranking {
            average: Average::Macro,
            ignore_index: None,
            columns: 0,
            scores: Vec::new(),
            labels: Vec::new(),
        }
    }

    fn accumulate(
        &mut self,
        metric: &'static str,
        outputs: &Values<'_>,
        targets: &Targets<'_>,
    ) -> Result<(), MetricError> {
        let scores = Scores::new(metric, outputs)?;
        self.average.check(metric, scores.classes())?;
        let columns = if scores.columns == 2 { 1 } else { scores.columns };
        if self.columns != 0 && self.columns != columns {
            let expected = self.columns.max(2);
            return Err(MetricError::ClassCount { metric, expected, found: scores.classes() });
        }
        let labels = scores.labels(targets, self.ignore_index)?;
        let skipped = scores.columns - columns;
        let mut kept = Vec::with_capacity(labels.len() * columns);
        for &(position, _) in &labels {
            for column in skipped..scores.columns {
                kept.push(scores.score(position, column)?);
            }
        }
        self.columns = columns;
        self.scores.extend(kept);
        self.labels.extend(labels.iter().map(|&(_, label)| label));
        Ok(())
    }

    /// The mean over classes of `area_of`, which is given the samples in descending order of their scores.
    fn value(&self, area_of: fn(&[Tie]) -> f64) -> f64 {
        let class = match self.average {
            _ if self.columns == 1 => Some(1),
            Average::Class(class) => Some(class),
            Average::Micro => return area_of(&ties((0..self.columns).flat_map(|class| self.samples(class)))),
            Average::Macro | Average::Weighted => None,
        };
        if let Some(class) = class {
            // Before the first batch, the class may not be a column.
            let samples = (class < self.columns.max(2)).then(|| self.samples(class));
            return area_of(&ties(samples.into_iter().flatten()));
        }
        weighted_mean((0..self.columns).filter_map(|class| {
            let ties = ties(self.samples(class));
            let positives = total(&ties).positives as f64;
            let area = area_of(&ties);
            let weight = if self.average == Average::Weighted { positives } else { 1.0 };
            (positives > 0.0 && !area.is_nan()).then_some((area, weight))
        }))
    }

    /// Score of every sample, and whether the sample is of this class.
    fn samples(&self, class: usize) -> impl Iterator<Item = (f32, bool)> {
        let column = if self.columns == 1 { 0 } else { class };
        let scores = self.scores.iter().skip(column).step_by(self.columns.max(1)).copied();
        scores.zip(self.labels.iter().map(move |&label| label == class))
    }

    fn clear(&mut self) {
        self.columns = 0;
        self.scores.clear();
        self.labels.clear();
    }
}

/// Samples by descending score. Scores are not NaN.
fn ties(samples: impl Iterator<Item = (f32, bool)>) -> Vec<Tie> {
    // -0 and 0 are equal, but have places of their own in the total order.
    let mut samples: Vec<_> = samples.map(|(score, is_positive)| (score + 0.0, is_positive)).collect();
    samples.sort_unstable_by(|(left, _), (right, _)| right.total_cmp(left));
    let mut ties: Vec<Tie> = Vec::new();
    for equal in samples.chunk_by(|(left, _), (right, _)| left == right) {
        let positives = equal.iter().filter(|(_, is_positive)| *is_positive).count() as u64;
        ties.push(Tie { positives, negatives: equal.len() as u64 - positives });
    }
    ties
}

fn total(ties: &[Tie]) -> Tie {
    ties.iter().fold(Tie::default(), |sum, tie| Tie {
        positives: sum.positives + tie.positives,
        negatives: sum.negatives + tie.negatives,
    })
}

/// The share of pairs of a positive and a negative sample in which the positive one has the larger score; an equal score
/// is half a pair. Counted in whole numbers, so only the division rounds.
fn roc_area(ties: &[Tie]) -> f64 {
    let total = total(ties);
    let (mut halves, mut negatives_below) = (0_u128, total.negatives);
    for tie in ties {
        negatives_below -= tie.negatives;
        halves += u128::from(tie.positives) * (2 * u128::from(negatives_below) + u128::from(tie.negatives));
    }
    halves as f64 / (2 * u128::from(total.positives) * u128::from(total.negatives)) as f64
}

/// `Σ (recall_i - recall_{i-1}) precision_i` over the distinct scores; 0 without positive samples, NaN without any.
fn average_precision(ties: &[Tie]) -> f64 {
    let total = total(ties);
    if ties.is_empty() {
        return f64::NAN;
    }
    let (mut area, mut seen) = (0.0, Tie::default());
    for tie in ties {
        seen.positives += tie.positives;
        seen.negatives += tie.negatives;
        let precision = seen.positives as f64 / (seen.positives + seen.negatives) as f64;
        area += tie.positives as f64 * precision;
    }
    area / (total.positives.max(1)) as f64
}

/// Declares a metric over a [`Ranking`].
macro_rules! ranking {
    ($(#[$doc:meta])* $name:ident($text:literal) = $area:ident) => {
        $(#[$doc])*
        ///
        /// With three classes or more each class is judged against the others (one versus rest), by its own column of
        /// scores. Scores of different samples are compared there, so give probabilities, not logits. Classes without
        /// samples are left out of averages. All scores are kept: four bytes for each.
        ///
        /// # Shapes
        /// - outputs: `[N]` or `[N, 1]` with scores of class 1; `[N, 2]`, of which column 1 counts; `[N, C]`
        /// - targets: labels `[N]`
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name(Ranking);

        impl $name {
            /// With the macro average over classes, where there are more than two; no label ignored.
            pub fn new() -> $name {
                $name(Ranking::new())
            }

            /// How the areas of three classes or more become one. With two classes, the area is that of class 1.
            #[must_use]
            pub fn average(mut self, average: Average) -> Self {
                self.0.average = average;
                self
            }

            /// Leaves out samples with this label, whose scores may then be anything.
            #[must_use]
            pub fn ignore_index(mut self, label: i64) -> Self {
                self.0.ignore_index = Some(label);
                self
            }
        }

        impl Default for $name {
            fn default() -> Self {
                $name::new()
            }
        }

        impl Metric for $name {
            fn name(&self) -> &str {
                $text
            }
            fn accumulate(&mut self, outputs: Values<'_>, targets: Targets<'_>) -> Result<(), MetricError> {
                self.0.accumulate($text, &outputs, &targets)
            }
            fn value(&self) -> f64 {
                self.0.value($area)
            }
            fn reset(&mut self) {
                self.0.clear();
            }
            fn direction(&self) -> Direction {
                Direction::HigherIsBetter
            }
        }
    };
}

ranking! {
    /// Area under the receiver operating characteristic: the probability that a sample of the class has a larger score
    /// than one that is not of it, in 0..1; equal scores count half. 0.5 is chance.
    ///
    /// NaN when all samples are of the class, or none is.
    ///
    /// # Source
    /// J. A. Hanley, B. J. McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC)
    /// curve", 1982; scikit-learn's `roc_auc_score`.
    RocAuc("roc_auc") = roc_area
}

ranking! {
    /// Average precision, an area under the curve of precision over recall: `Σ (recall_i - recall_{i-1}) precision_i`
    /// over the distinct scores in descending order, in 0..1. The share of samples of the class is chance.
    ///
    /// 0 when no sample is of the class.
    ///
    /// # Source
    /// scikit-learn's `average_precision_score`, whose averages count classes without samples as 0.
    PrAuc("pr_auc") = average_precision
}
