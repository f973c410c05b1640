//! One number for several classes.

use super::MetricError;

/// How the values of classes become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Average {
    /// The mean over classes, each with the same weight.
    #[default]
    Macro,
    /// The value for the decisions about all classes together.
    Micro,
    /// The mean over classes, weighted by how many samples are of them.
    Weighted,
    /// The value of one class. `Class(1)` is what scikit-learn calls `binary`.
    Class(usize),
}

impl Average {
    /// # Errors
    /// When the one class asked for is not among `classes`.
    pub(super) fn check(self, metric: &'static str, classes: usize) -> Result<(), MetricError> {
        match self {
            Average::Class(class) if class >= classes => {
                Err(MetricError::NoSuchClass { metric, class, classes })
            }
            Average::Class(_) | Average::Macro | Average::Micro | Average::Weighted => Ok(()),
        }
    }
}

/// The mean of `(value, weight)`. NaN when the weights sum to 0.
pub(super) fn weighted_mean(values: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    let (sum, weights) = values
        .into_iter()
        .fold((0.0, 0.0), |(sum, weights), (value, weight)| (sum + value * weight, weights + weight));
    if weights == 0.0 { f64::NAN } else { sum / weights }
}
