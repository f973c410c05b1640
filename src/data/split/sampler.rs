//! Draws with replacement.

use macrograd_runtime::random::Philox;

use super::{SplitError, indices_by_class};

/// Draws indices with replacement, each as often as its weight says.
///
/// ```
/// use macrograd::data::split::WeightedSampler;
///
/// let sampler = WeightedSampler::new([1.0, 0.0, 3.0])?;
/// let drawn: Vec<usize> = sampler.draws(/* seed */ 7, /* epoch */ 0).take(100).collect();
/// assert!(!drawn.contains(&1));
/// # Ok::<(), macrograd::data::split::SplitError>(())
/// ```
///
/// # Numerics
/// A draw is a uniform number of 53 bits, looked up in the running sums of the weights in `f64`: chances are exact up to
/// the rounding of these sums and to 2^-53. A weight below that part of the sum may never be drawn; a weight of 0 never
/// is.
#[derive(Clone, Debug)]
pub struct WeightedSampler {
    /// Sum of the weights up to and including each.
    running_sums: Vec<f64>,
}

impl WeightedSampler {
    /// Draws the position of a weight with chance `weight / sum`.
    ///
    /// # Errors
    /// [`SplitError::BadWeight`] for a weight that is negative or not finite; [`SplitError::BadSum`] when none is
    /// positive or their sum is infinite.
    pub fn new(weights: impl IntoIterator<Item = f64>) -> Result<Self, SplitError> {
        let (mut running_sums, mut sum) = (Vec::new(), 0.0);
        for (position, weight) in weights.into_iter().enumerate() {
            if !(weight >= 0.0 && weight.is_finite()) {
                return Err(SplitError::BadWeight { position, weight });
            }
            sum += weight;
            running_sums.push(sum);
        }
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(SplitError::BadSum { len: running_sums.len(), sum });
        }
        Ok(WeightedSampler { running_sums })
    }

    /// Draws each class as often as any other, and each sample of a class as often as any other of it.
    ///
    /// # Errors
    /// [`SplitError::BadSum`] when there are no labels.
    pub fn balanced<L: Ord>(labels: &[L]) -> Result<Self, SplitError> {
        let mut weights = vec![0.0; labels.len()];
        for (_, indices) in indices_by_class(labels) {
            for &index in &indices {
                weights[index] = 1.0 / indices.len() as f64;
            }
        }
        WeightedSampler::new(weights)
    }

    /// Number of weights: draws are below it.
    pub fn len(&self) -> usize {
        self.running_sums.len()
    }

    /// Whether there are no weights, which never happens: there would be nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.running_sums.is_empty()
    }

    /// Draws without end, which depend on `seed` and `epoch` alone; `take(n)` gives an epoch of `n`.
    pub fn draws(&self, seed: u64, epoch: u64) -> Draws<'_> {
        // Apart from the streams of initial values and of shuffled batches, which may have the same seed.
        const STREAM: u64 = 0x4452_4157_5330_3031;
        Draws { running_sums: &self.running_sums, random: Philox::new(seed, STREAM.wrapping_add(epoch)) }
    }
}

/// Iterator over what [`WeightedSampler::draws`] draws; it never ends.
#[derive(Clone, Debug)]
pub struct Draws<'a> {
    running_sums: &'a [f64],
    random: Philox,
}

impl Iterator for Draws<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let sum = *self.running_sums.last()?;
        let bits = u64::from(self.random.next_u32()) << 32 | u64::from(self.random.next_u32());
        let place = (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64) * sum;
        // The first running sum above `place`: equal sums, which weights of 0 make, are passed over. Rounding could
        // make `place` the whole sum only where that is among the smallest numbers, and the last sample is then right.
        let index = self.running_sums.partition_point(|&running_sum| running_sum <= place);
        let last = self.running_sums.partition_point(|&running_sum| running_sum < sum);
        Some(index.min(last))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}
