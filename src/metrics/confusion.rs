//! Which classes are taken for which.

use std::fmt;

use super::classes::{Decision, decision_settings};
use super::{Direction, Metric, MetricError, Targets, Values, mean};

/// Confusion matrix: how many samples of each class (rows) are predicted as each class (columns).
///
/// Its value as a [`Metric`] is the accuracy. `{}` prints it as a table, `{:#}` with the share of each row instead of
/// counts:
///
/// ```
/// use macrograd::metrics::{ConfusionMatrix, Metric};
///
/// let mut matrix = ConfusionMatrix::new(2).class_names(["cat", "dog"]);
/// matrix.update(&[0.1, 0.7, 0.8], &[0_u8, 0, 1])?;
/// assert_eq!(
///     matrix.to_string(),
///     "label \\ predicted  cat  dog\n\
///      cat                  1    1\n\
///      dog                  0    1\n"
/// );
/// # Ok::<(), macrograd::metrics::MetricError>(())
/// ```
///
/// # Shapes
/// - outputs: `[N, C]` or `[N, C, …]`; for two classes also `[N]`, `[N, 1]` or `[N, 1, …]`
/// - targets: labels `[N]` or `[N, …]`
///
/// # Source
/// scikit-learn's `confusion_matrix`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfusionMatrix {
    decision: Decision,
    classes: usize,
    counts: Vec<u64>,
    names: Vec<String>,
}

impl ConfusionMatrix {
    /// Of this many classes, with threshold 0.5, no label ignored.
    ///
    /// # Panics
    /// When `num_classes` is below 2.
    #[track_caller]
    pub fn new(num_classes: usize) -> ConfusionMatrix {
        assert!(num_classes >= 2, "`num_classes` is {num_classes}, but must be at least 2");
        ConfusionMatrix {
            decision: Decision::new(),
            classes: num_classes,
            counts: vec![0; num_classes * num_classes],
            names: (0..num_classes).map(|class| class.to_string()).collect(),
        }
    }

    decision_settings!(decision);

    /// Names of the classes for printing; their numbers unless set.
    ///
    /// # Panics
    /// When there is not one name for each class.
    #[must_use]
    #[track_caller]
    pub fn class_names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names = names.into_iter().map(Into::into).collect();
        let (found, classes) = (self.names.len(), self.classes);
        assert_eq!(found, classes, "`class_names` has {found} names, but there are {classes} classes");
        self
    }

    /// Names of the classes.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of classes.
    pub fn num_classes(&self) -> usize {
        self.classes
    }

    /// How many samples of class `label` are predicted as class `predicted`.
    ///
    /// # Panics
    /// When one of them is not below the number of classes.
    #[track_caller]
    pub fn count(&self, label: usize, predicted: usize) -> u64 {
        let classes = self.classes;
        assert!(
            label < classes && predicted < classes,
            "label {label}, predicted {predicted} of a confusion matrix with {classes} classes"
        );
        self.counts[label * classes + predicted]
    }

    /// The matrix, row by row: predictions of the samples of each class.
    pub fn rows(&self) -> impl Iterator<Item = &[u64]> {
        self.counts.chunks_exact(self.classes)
    }

    /// The matrix with each row divided by its sum: which share of each class is predicted as which. The row of a class
    /// without samples is 0.
    pub fn normalised(&self) -> Vec<Vec<f64>> {
        let share = |row: &[u64]| {
            let sum = row.iter().sum::<u64>().max(1) as f64;
            row.iter().map(|&count| count as f64 / sum).collect()
        };
        self.rows().map(share).collect()
    }
}

impl Metric for ConfusionMatrix {
    fn name(&self) -> &str {
        "confusion_matrix"
    }
    fn accumulate(&mut self, outputs: Values<'_>, targets: Targets<'_>) -> Result<(), MetricError> {
        let batch = self.decision.pairs("confusion_matrix", &outputs, &targets)?;
        if batch.classes != self.classes {
            return Err(MetricError::ClassCount {
                metric: "confusion_matrix",
                expected: self.classes,
                found: batch.classes,
            });
        }
        for (predicted, label) in batch.pairs {
            self.counts[label * self.classes + predicted] += 1;
        }
        Ok(())
    }
    fn value(&self) -> f64 {
        let correct: u64 = self.counts.iter().step_by(self.classes + 1).sum();
        mean(correct as f64, self.counts.iter().sum())
    }
    fn reset(&mut self) {
        self.counts.fill(0);
    }
    fn direction(&self) -> Direction {
        Direction::HigherIsBetter
    }
}

impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CORNER: &str = "label \\ predicted";
        let cells: Vec<Vec<String>> = if f.alternate() {
            let text = |row: Vec<f64>| row.iter().map(|share| format!("{share:.3}")).collect();
            self.normalised().into_iter().map(text).collect()
        } else {
            self.rows().map(|row| row.iter().map(u64::to_string).collect()).collect()
        };
        let len = |text: &str| text.chars().count();
        let first = self.names.iter().map(|name| len(name)).chain([len(CORNER)]).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.classes)
            .map(|column| {
                cells.iter().map(|row| row[column].len()).fold(len(&self.names[column]), usize::max)
            })
            .collect();
        let mut line = |head: &str, cells: &[String]| {
            write!(f, "{head:<first$}")?;
            for (cell, width) in cells.iter().zip(&widths) {
                write!(f, "  {cell:>width$}")?;
            }
            writeln!(f)
        };
        line(CORNER, &self.names)?;
        self.names.iter().zip(&cells).try_for_each(|(name, cells)| line(name, cells))
    }
}
