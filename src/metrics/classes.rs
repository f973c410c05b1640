//! From scores to classes: what all metrics of classes have in common.

use super::view::product;
use super::{MetricError, Targets, Values};

/// How scores become classes, and which label does not count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Decision {
    /// A single score above it means class 1.
    pub threshold: f32,
    /// Samples with this label are skipped.
    pub ignore_index: Option<i64>,
}

impl Decision {
    pub fn new() -> Decision {
        Decision { threshold: 0.5, ignore_index: None }
    }

    /// The predicted class and the label of every sample that counts.
    ///
    /// # Errors
    /// As for [`Scores::new`] and [`Scores::labels`]; when a score is NaN.
    pub fn pairs(
        &self,
        metric: &'static str,
        outputs: &Values<'_>,
        targets: &Targets<'_>,
    ) -> Result<Pairs, MetricError> {
        let scores = Scores::new(metric, outputs)?;
        let labels = scores.labels(targets, self.ignore_index)?;
        let pairs = labels
            .into_iter()
            .map(|(position, label)| Ok((scores.predicted(position, self.threshold)?, label)))
            .collect::<Result<_, MetricError>>()?;
        Ok(Pairs { classes: scores.classes(), pairs })
    }
}

/// Predicted classes beside labels.
pub(super) struct Pairs {
    /// Number of classes: both are below it.
    pub classes: usize,
    /// Predicted class, label.
    pub pairs: Vec<(usize, usize)>,
}

/// Scores of shape `[N, C, …]`, or `[N]`: a sample is a place in the axes other than that of the classes.
pub(super) struct Scores<'a> {
    data: &'a [f32],
    shape: &'a [usize],
    /// Scores per sample; 1 for two classes of which class 1 has a score.
    pub columns: usize,
    /// Elements from one class to the next.
    stride: usize,
}

impl<'a> Scores<'a> {
    /// # Errors
    /// When there is no axis of samples, or no class.
    pub fn new(metric: &'static str, outputs: &'a Values<'_>) -> Result<Self, MetricError> {
        let shape = outputs.shape();
        let (columns, stride) = match shape {
            [_] => (1, 1),
            [_, columns, rest @ ..] if *columns > 0 => (*columns, product(rest)),
            _ => {
                return Err(MetricError::OutputShape {
                    metric,
                    expected: "scores of shape [N, C] or [N, C, …] with C classes, or [N] with two",
                    found: shape.to_vec(),
                    remedy: "reshape them so that samples come first and classes second",
                });
            }
        };
        Ok(Scores { data: outputs.as_slice(), shape, columns, stride })
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.columns.max(2)
    }

    /// Index of a sample's score in the data.
    fn place(&self, position: usize, column: usize) -> usize {
        (position / self.stride * self.columns + column) * self.stride + position % self.stride
    }

    /// A sample's score.
    ///
    /// # Errors
    /// When it is NaN.
    pub fn score(&self, position: usize, column: usize) -> Result<f32, MetricError> {
        let place = self.place(position, column);
        let score = self.data[place];
        if score.is_nan() { Err(MetricError::NanScore { position: place }) } else { Ok(score) }
    }

    /// The class of the largest score, the first of equal ones.
    fn predicted(&self, position: usize, threshold: f32) -> Result<usize, MetricError> {
        if self.columns == 1 {
            return Ok(usize::from(self.score(position, 0)? > threshold));
        }
        let (mut best, mut largest) = (0, self.score(position, 0)?);
        for column in 1..self.columns {
            let score = self.score(position, column)?;
            if score > largest {
                (best, largest) = (column, score);
            }
        }
        Ok(best)
    }

    /// Position and label of every sample that counts.
    ///
    /// # Errors
    /// When there is not one label for each sample, or one of them is not a class.
    pub fn labels(
        &self,
        targets: &Targets<'_>,
        ignore_index: Option<i64>,
    ) -> Result<Vec<(usize, usize)>, MetricError> {
        let expected: Vec<usize> =
            self.shape.iter().enumerate().filter(|&(axis, _)| axis != 1).map(|(_, &size)| size).collect();
        // The targets of binary cross-entropy have the shape of the scores.
        let is_same = self.columns == 1 && targets.shape() == self.shape;
        if targets.shape() != expected && !is_same {
            let (outputs, found) = (self.shape.to_vec(), targets.shape().to_vec());
            return Err(MetricError::TargetShape { outputs, expected, found });
        }
        let classes = self.classes();
        let mut labels = Vec::with_capacity(self.data.len() / self.columns);
        for position in 0..self.data.len() / self.columns {
            let label = targets.label(position)?;
            if ignore_index == Some(label) {
                continue;
            }
            match usize::try_from(label) {
                Ok(class) if class < classes => labels.push((position, class)),
                _ => return Err(MetricError::LabelOutOfRange { position, label, classes }),
            }
        }
        Ok(labels)
    }
}

/// The methods of settings that metrics of classes share.
macro_rules! decision_settings {
    ($($field:ident).+) => {
        /// Predicts class 1 from a single score above `threshold`: 0.5 unless set, which is for probabilities; 0 is for
        /// logits. Scores of several classes are not compared with it.
        ///
        /// # Panics
        /// When `threshold` is NaN.
        #[must_use]
        #[track_caller]
        pub fn threshold(mut self, threshold: f32) -> Self {
            assert!(!threshold.is_nan(), "`threshold` is NaN, but must be a number");
            self.$($field).+.threshold = threshold;
            self
        }

        /// Leaves out samples with this label, whose scores may then be anything.
        #[must_use]
        pub fn ignore_index(mut self, label: i64) -> Self {
            self.$($field).+.ignore_index = Some(label);
            self
        }
    };
}
pub(super) use decision_settings;
