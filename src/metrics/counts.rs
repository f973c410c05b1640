//! Counts of samples.

use super::classes::Pairs;
use super::{MetricError, mean};

/// The share of samples that were judged right.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Share {
    correct: u64,
    total: u64,
}

impl Share {
    pub fn add(&mut self, correct: usize, total: usize) {
        self.correct += correct as u64;
        self.total += total as u64;
    }

    /// In 0..1; NaN without samples.
    pub fn value(&self) -> f64 {
        mean(self.correct as f64, self.total)
    }
}

/// How often each class was predicted rightly, predicted, and right.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ClassCounts {
    classes: Vec<ClassCount>,
}

/// The counts of one class, or sums of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct ClassCount {
    /// Samples predicted as this class that are of it.
    pub correct: u64,
    /// Samples predicted as this class.
    pub predicted: u64,
    /// Samples of this class.
    pub labelled: u64,
}

impl ClassCount {
    /// Whether the class occurs at all.
    pub fn occurs(&self) -> bool {
        self.predicted > 0 || self.labelled > 0
    }
}

impl ClassCounts {
    /// Counts a batch. The first one says how many classes there are.
    ///
    /// # Errors
    /// When the batch has another number of classes than those before.
    pub fn add(&mut self, metric: &'static str, pairs: &Pairs) -> Result<(), MetricError> {
        if self.classes.is_empty() {
            self.classes.resize(pairs.classes, ClassCount::default());
        }
        if self.classes.len() != pairs.classes {
            return Err(MetricError::ClassCount {
                metric,
                expected: self.classes.len(),
                found: pairs.classes,
            });
        }
        for &(predicted, label) in &pairs.pairs {
            self.classes[predicted].predicted += 1;
            self.classes[label].labelled += 1;
            self.classes[label].correct += u64::from(predicted == label);
        }
        Ok(())
    }

    /// Counts of all classes.
    pub fn classes(&self) -> &[ClassCount] {
        &self.classes
    }

    /// Counts of all classes together.
    pub fn total(&self) -> ClassCount {
        self.classes.iter().fold(ClassCount::default(), |sum, class| ClassCount {
            correct: sum.correct + class.correct,
            predicted: sum.predicted + class.predicted,
            labelled: sum.labelled + class.labelled,
        })
    }

    pub fn clear(&mut self) {
        self.classes.clear();
    }
}
