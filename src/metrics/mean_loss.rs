//! The loss over many batches.

use super::Direction;

/// The mean of a loss over samples, from its means over batches: `Σ loss_i size_i / Σ size_i`.
///
/// ```
/// use macrograd::metrics::MeanLoss;
///
/// let mut loss = MeanLoss::new();
/// loss.update(/* mean loss of the batch */ 0.5, /* samples */ 64);
/// loss.update(2.0, 16);
/// assert_eq!(loss.value(), 0.8);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeanLoss {
    sum: f64,
    num_samples: u64,
}

impl MeanLoss {
    /// Before the first batch.
    pub fn new() -> MeanLoss {
        MeanLoss::default()
    }

    /// Counts the mean loss of a batch of this many samples. A batch of 0 samples does not count, whatever its loss.
    pub fn update(&mut self, loss: impl Into<f64>, batch_size: usize) {
        if batch_size > 0 {
            self.sum += loss.into() * batch_size as f64;
            self.num_samples += batch_size as u64;
        }
    }

    /// With these sums, as of an earlier one.
    pub(crate) fn of(sum: f64, num_samples: u64) -> MeanLoss {
        MeanLoss { sum, num_samples }
    }

    /// Sum over the samples.
    pub(crate) fn sum(&self) -> f64 {
        self.sum
    }

    /// What logs call it.
    pub fn name(&self) -> &str {
        "loss"
    }

    /// The mean loss of all samples since the start or the last [`reset`](MeanLoss::reset). NaN when there are none.
    pub fn value(&self) -> f64 {
        super::mean(self.sum, self.num_samples)
    }

    /// Forgets what was counted.
    pub fn reset(&mut self) {
        *self = MeanLoss::default();
    }

    /// [`LowerIsBetter`](Direction::LowerIsBetter).
    pub fn direction(&self) -> Direction {
        Direction::LowerIsBetter
    }
}
