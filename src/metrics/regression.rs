//! Mean errors of reals.

use super::{Direction, Metric, MetricError, Targets, Values, mean};

/// Checks that there is a target of each output. A trailing axis of size 1 may be missing on either side.
pub(super) fn check_same_shape(outputs: &Values<'_>, targets: &Targets<'_>) -> Result<(), MetricError> {
    fn plain(shape: &[usize]) -> &[usize] {
        match shape {
            [first @ .., 1] if !first.is_empty() => plain(first),
            _ => shape,
        }
    }
    if plain(outputs.shape()) == plain(targets.shape()) {
        return Ok(());
    }
    let (outputs, found) = (outputs.shape().to_vec(), targets.shape().to_vec());
    Err(MetricError::TargetShape { expected: outputs.clone(), outputs, found })
}

/// Declares a metric that is a function of the mean of a function of each difference.
macro_rules! mean_error {
    ($(#[$doc:meta])* $name:ident($text:literal): |$difference:ident| $error:expr, |$mean:ident| $value:expr) => {
        $(#[$doc])*
        ///
        /// # Shapes
        /// - outputs: any
        /// - targets: the same, reals or whole numbers
        ///
        /// # Numerics
        /// Sums in f64, element after element, so that the value has the same bits for any cut into batches.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            sum: f64,
            count: u64,
        }

        impl $name {
            /// Before the first batch.
            pub fn new() -> $name {
                $name::default()
            }
        }

        impl Metric for $name {
            fn name(&self) -> &str {
                $text
            }
            fn accumulate(&mut self, outputs: Values<'_>, targets: Targets<'_>) -> Result<(), MetricError> {
                check_same_shape(&outputs, &targets)?;
                for (position, &output) in outputs.as_slice().iter().enumerate() {
                    let $difference = f64::from(output) - targets.value(position);
                    self.sum += $error;
                }
                self.count += outputs.as_slice().len() as u64;
                Ok(())
            }
            fn value(&self) -> f64 {
                let $mean = mean(self.sum, self.count);
                $value
            }
            fn reset(&mut self) {
                *self = $name::default();
            }
            fn direction(&self) -> Direction {
                Direction::LowerIsBetter
            }
        }
    };
}

mean_error! {
    /// Mean absolute error: the mean of `|output - target|` over all elements.
    MeanAbsoluteError("mean_absolute_error"): |difference| difference.abs(), |mean| mean
}

mean_error! {
    /// Mean squared error: the mean of `(output - target)²` over all elements.
    MeanSquaredError("mean_squared_error"): |difference| difference * difference, |mean| mean
}

mean_error! {
    /// Root mean squared error: the root of the mean of `(output - target)²` over all elements. Unlike scikit-learn's for
    /// several values per sample, it is not the mean of a root for each of them.
    RootMeanSquaredError("root_mean_squared_error"): |difference| difference * difference, |mean| mean.sqrt()
}
