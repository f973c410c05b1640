//! The explained share of the variance.

use super::regression::check_same_shape;
use super::view::product;
use super::{Direction, Metric, MetricError, Targets, Values};

/// Coefficient of determination: `1 - Σ (target - output)² / Σ (target - mean target)²`, at most 1; 0 is what the mean
/// of the targets as constant output has.
///
/// For several values per sample, the mean of the coefficients of all values. A value whose targets are all equal counts
/// 1 when it is always right and 0 otherwise. NaN for fewer than two samples.
///
/// # Shapes
/// - outputs: `[N]` or `[N, …]`
/// - targets: the same
///
/// # Numerics
/// Mean and squares are updated sample after sample, which keeps digits when the mean is far from zero, and gives the
/// same bits for any cut into batches.
///
/// # Source
/// B. P. Welford, "Note on a method for calculating corrected sums of squares and products", 1962; scikit-learn's
/// `r2_score` with the uniform average.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct R2 {
    num_samples: u64,
    columns: Vec<Column>,
}

/// One of the values of each sample.
#[derive(Clone, Debug, Default, PartialEq)]
struct Column {
    mean_target: f64,
    /// `Σ (target - mean target)²`
    spread: f64,
    /// `Σ (target - output)²`
    residual: f64,
}

impl R2 {
    /// Before the first batch.
    pub fn new() -> R2 {
        R2::default()
    }
}

impl Metric for R2 {
    fn name(&self) -> &str {
        "r2"
    }
    fn accumulate(&mut self, outputs: Values<'_>, targets: Targets<'_>) -> Result<(), MetricError> {
        let [num_samples, rest @ ..] = outputs.shape() else {
            return Err(MetricError::OutputShape {
                metric: "r2",
                expected: "values of shape [N] or [N, …]",
                found: Vec::new(),
                remedy: "reshape them so that samples come first",
            });
        };
        check_same_shape(&outputs, &targets)?;
        if *num_samples == 0 {
            return Ok(());
        }
        let num_columns = product(rest);
        if self.num_samples == 0 {
            self.columns = vec![Column::default(); num_columns];
        }
        if self.columns.len() != num_columns {
            return Err(MetricError::ValueCount { expected: self.columns.len(), found: num_columns });
        }
        for sample in 0..*num_samples {
            self.num_samples += 1;
            for (index, column) in self.columns.iter_mut().enumerate() {
                let position = sample * num_columns + index;
                let (output, target) = (f64::from(outputs.as_slice()[position]), targets.value(position));
                let from_old_mean = target - column.mean_target;
                column.mean_target += from_old_mean / self.num_samples as f64;
                column.spread += from_old_mean * (target - column.mean_target);
                column.residual += (target - output) * (target - output);
            }
        }
        Ok(())
    }
    fn value(&self) -> f64 {
        if self.num_samples < 2 {
            return f64::NAN;
        }
        let explained = |column: &Column| match (column.spread == 0.0, column.residual == 0.0) {
            (true, true) => 1.0,
            (true, false) => 0.0,
            (false, _) => 1.0 - column.residual / column.spread,
        };
        self.columns.iter().map(explained).sum::<f64>() / self.columns.len() as f64
    }
    fn reset(&mut self) {
        *self = R2::default();
    }
    fn direction(&self) -> Direction {
        Direction::HigherIsBetter
    }
}
