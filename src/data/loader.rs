//! Batches of a data set, made ahead of their use.

mod ahead;

use std::sync::Arc;
use std::time::{Duration, Instant};

use macrograd_runtime::random::Philox;

use super::batches::shuffle;
use super::sample::Sample;
use super::split::WeightedSampler;
use super::{Dataset, SampleBatch};
use crate::Error;
use ahead::Ahead;

/// Makes batches of a data set, epoch by epoch, on threads of its own while the program works on those before.
///
/// What an epoch holds depends on the seed and the number of the epoch alone, whatever the number of threads: batches come
/// in order, and what is random in a sample has a sequence of its own.
///
/// ```
/// use macrograd::data::{Dataset, Loader};
///
/// let samples: Vec<([f32; 2], u8)> = (0..10).map(|i| ([i as f32, 0.0], i % 2)).collect();
/// let loader = Loader::new(samples, 4).shuffle(/* seed */ 7).workers(2);
/// for epoch in 0..3 {
///     for batch in loader.epoch(epoch) {
///         let (points, labels) = batch?;
///         assert_eq!(points.shape().0, labels.numel());
///     }
/// }
/// # Ok::<(), macrograd::Error>(())
/// ```
#[derive(Debug)]
pub struct Loader<D> {
    dataset: Arc<D>,
    batch_size: usize,
    order: Order,
    drop_last: bool,
    augmented: bool,
    workers: usize,
    memory: usize,
}

/// In which order samples come.
#[derive(Clone, Debug)]
enum Order {
    /// As in the data set.
    Given,
    /// Each sample once, shuffled anew for every epoch.
    Shuffled { seed: u64 },
    /// Drawn with replacement, so many for an epoch.
    Drawn { sampler: Arc<WeightedSampler>, seed: u64, len: usize },
}

/// A copy shares the data set.
impl<D> Clone for Loader<D> {
    fn clone(&self) -> Self {
        Loader { dataset: self.dataset.clone(), order: self.order.clone(), ..*self }
    }
}

/// Bytes of batches that wait to be used, unless [`Loader::memory`] says otherwise.
const DEFAULT_MEMORY: usize = 256 << 20;

impl<D: Dataset> Loader<D> {
    /// Batches of `batch_size` samples in the order of the data set, the last one perhaps smaller, made by one thread.
    ///
    /// # Panics
    /// When `batch_size` is 0.
    #[track_caller]
    pub fn new(dataset: D, batch_size: usize) -> Self {
        assert!(batch_size > 0, "`batch_size` is 0, but a batch holds at least one sample");
        Loader {
            dataset: Arc::new(dataset),
            batch_size,
            order: Order::Given,
            drop_last: false,
            augmented: false,
            workers: 1,
            memory: DEFAULT_MEMORY,
        }
    }

    /// For training: each sample once in an epoch, in an order that depends on `seed` and the epoch, and
    /// [`augment`](Dataset::augment)ed.
    #[must_use]
    pub fn shuffle(mut self, seed: u64) -> Self {
        self.order = Order::Shuffled { seed };
        self.augmented = true;
        self
    }

    /// For training: samples drawn with replacement, `len` in an epoch, and [`augment`](Dataset::augment)ed.
    #[must_use]
    pub fn sample(mut self, sampler: WeightedSampler, len: usize, seed: u64) -> Self {
        self.order = Order::Drawn { sampler: Arc::new(sampler), seed, len };
        self.augmented = true;
        self
    }

    /// Leaves out a last batch that is smaller than the others.
    #[must_use]
    pub fn drop_last(mut self) -> Self {
        self.drop_last = true;
        self
    }

    /// How many threads make batches; 0 makes each when it is asked for, on the thread that asks.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Most bytes of batches that wait to be used or are being made; 256 MiB otherwise. A single batch may be larger.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// The data set.
    pub fn dataset(&self) -> &D {
        &self.dataset
    }

    /// Samples of a batch but the last.
    pub fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// Samples of an epoch.
    pub fn num_samples(&self) -> usize {
        let samples = match self.order {
            Order::Given | Order::Shuffled { .. } => self.dataset.len(),
            Order::Drawn { len, .. } => len,
        };
        if self.drop_last { samples / self.batch_size * self.batch_size } else { samples }
    }

    /// Batches of an epoch.
    pub fn num_batches(&self) -> usize {
        self.num_samples().div_ceil(self.batch_size)
    }

    /// The batches of an epoch.
    pub fn epoch(&self, epoch: u64) -> Epoch<D> {
        self.epoch_from(epoch, 0)
    }

    /// The batches of an epoch from one of them on, as after an interruption.
    pub fn epoch_from(&self, epoch: u64, first_batch: usize) -> Epoch<D> {
        let plan = Arc::new(Plan {
            dataset: self.dataset.clone(),
            order: self.order_of(epoch),
            batch_size: self.batch_size,
            augmented: self.augmented.then_some((self.seed(), epoch)),
        });
        let num_batches = plan.num_batches();
        let first_batch = first_batch.min(num_batches);
        let ahead = (self.workers > 0 && first_batch < num_batches).then(|| {
            let plan = plan.clone();
            let make = move |index: usize| {
                let batch = plan.batch(index)?;
                let bytes = D::Sample::batch_bytes(&batch);
                Ok((batch, bytes))
            };
            Ahead::new(first_batch..num_batches, self.workers, self.memory, make)
        });
        Epoch { plan, ahead, next: first_batch, waited: Duration::ZERO }
    }

    fn seed(&self) -> u64 {
        match self.order {
            Order::Given => 0,
            Order::Shuffled { seed } | Order::Drawn { seed, .. } => seed,
        }
    }

    fn order_of(&self, epoch: u64) -> Vec<usize> {
        let mut order: Vec<usize> = match &self.order {
            Order::Given | Order::Shuffled { .. } => (0..self.dataset.len()).collect(),
            Order::Drawn { sampler, seed, len } => sampler.draws(*seed, epoch).take(*len).collect(),
        };
        if let Order::Shuffled { seed } = self.order {
            shuffle(&mut order, seed, epoch);
        }
        order.truncate(self.num_samples());
        order
    }
}

/// What the batches of an epoch are.
struct Plan<D> {
    dataset: Arc<D>,
    order: Vec<usize>,
    batch_size: usize,
    /// Seed and epoch of what is random in the samples.
    augmented: Option<(u64, u64)>,
}

impl<D: Dataset> Plan<D> {
    fn num_batches(&self) -> usize {
        self.order.len().div_ceil(self.batch_size)
    }

    fn indices(&self, batch: usize) -> &[usize] {
        let start = batch * self.batch_size;
        &self.order[start..self.order.len().min(start + self.batch_size)]
    }

    fn batch(&self, batch: usize) -> Result<SampleBatch<D>, Error> {
        let start = batch * self.batch_size;
        let samples = self.indices(batch).iter().enumerate().map(|(offset, &index)| match self.augmented {
            None => self.dataset.sample(index),
            Some((seed, epoch)) => {
                // By the place in the epoch: a sample that is drawn twice is not changed twice in the same way.
                let mut random = random_of(seed, epoch, start + offset);
                self.dataset.training_sample(index, &mut random)
            }
        });
        D::Sample::collate(samples.collect::<Result<_, _>>()?)
    }
}

/// The random numbers of one sample of an epoch.
fn random_of(seed: u64, epoch: u64, place: usize) -> Philox {
    // Apart from the streams of initial values, shuffling and draws. Epochs are 2^36 places apart: no data set in memory
    // has so many samples.
    const STREAM: u64 = 0x4155_474d_454e_5431;
    Philox::new(seed, STREAM.wrapping_add(epoch << 36).wrapping_add(place as u64))
}

/// Iterator over the batches of an epoch: see [`Loader::epoch`]. Dropping it stops its threads.
pub struct Epoch<D: Dataset> {
    plan: Arc<Plan<D>>,
    ahead: Option<Ahead<SampleBatch<D>>>,
    next: usize,
    waited: Duration,
}

impl<D: Dataset> Epoch<D> {
    /// How long the program has waited for batches.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Number of samples of the batch that comes next; 0 after the last one.
    pub fn next_len(&self) -> usize {
        if self.next < self.plan.num_batches() { self.plan.indices(self.next).len() } else { 0 }
    }

    /// Number of the batch that comes next in the epoch.
    pub fn position(&self) -> usize {
        self.next
    }
}

impl<D: Dataset> Iterator for Epoch<D> {
    type Item = Result<SampleBatch<D>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.plan.num_batches() {
            return None;
        }
        let start = Instant::now();
        let batch = match &mut self.ahead {
            Some(ahead) => ahead.take(self.next),
            None => self.plan.batch(self.next),
        };
        self.waited += start.elapsed();
        self.next += 1;
        Some(batch)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.plan.num_batches() - self.next;
        (left, Some(left))
    }
}

impl<D: Dataset> ExactSizeIterator for Epoch<D> {}

impl<D: Dataset> std::fmt::Debug for Epoch<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Epoch({} of {} batches)", self.next, self.plan.num_batches())
    }
}
