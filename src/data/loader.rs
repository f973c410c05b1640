//! Batches of a data set, made ahead of their use.

mod ahead;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use macrograd_runtime::random::Philox;

use super::batches::shuffle;
use super::sample::Sample;
use super::split::WeightedSampler;
use super::{Dataset, SampleBatch};
use crate::Error;
use ahead::{Ahead, Make, Thing};

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
pub struct Loader<D: Dataset> {
    dataset: Arc<D>,
    batch_size: usize,
    order: Order,
    drop_last: bool,
    augmented: bool,
    map_batch: Option<MapBatch<D>>,
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

/// What a loader makes of each batch.
type MapBatch<D> = Arc<dyn Fn(SampleBatch<D>, &mut Philox) -> SampleBatch<D> + Send + Sync>;

/// A copy shares the data set.
impl<D: Dataset> Clone for Loader<D> {
    fn clone(&self) -> Self {
        let (dataset, order, map_batch) = (self.dataset.clone(), self.order.clone(), self.map_batch.clone());
        Loader { dataset, order, map_batch, ..*self }
    }
}

impl<D: Dataset> fmt::Debug for Loader<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Loader({} samples in batches of {})", self.num_samples(), self.batch_size)
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
            map_batch: None,
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
    ///
    /// # Panics
    /// When the sampler does not have a weight for each sample.
    #[must_use]
    #[track_caller]
    pub fn sample(mut self, sampler: WeightedSampler, len: usize, seed: u64) -> Self {
        let (weights, samples) = (sampler.len(), self.dataset.len());
        assert!(
            weights == samples,
            "the sampler has {weights} weights, but the data set has {samples} samples: give each its weight"
        );
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

    /// Changes each batch as a whole, such as by [`mixup`](super::augment::mixup): on the threads that make batches, after
    /// the samples were put together. What is random depends on the seed, the epoch and the number of the batch alone. A
    /// second call goes on from what the first one gives.
    ///
    /// The types stay as they are, so labels that are to be mixed are made chances before, by
    /// [`map`](Dataset::map).
    ///
    /// ```
    /// use macrograd::data::{Dataset, Loader};
    ///
    /// let samples: Vec<([f32; 2], u8)> = (0..10).map(|i| ([i as f32, 1.0], i % 2)).collect();
    /// let loader = Loader::new(samples, 4).shuffle(/* seed */ 7).map_batch(|(mut points, labels), random| {
    ///     let scale = 0.9 + 0.2 * random.next_f32();
    ///     points.as_mut_slice().iter_mut().for_each(|x| *x *= scale);
    ///     (points, labels)
    /// });
    /// # assert!(loader.epoch(0).all(|batch| batch.is_ok()));
    /// ```
    #[must_use]
    pub fn map_batch(
        mut self,
        map: impl Fn(SampleBatch<D>, &mut Philox) -> SampleBatch<D> + Send + Sync + 'static,
    ) -> Self {
        self.map_batch = Some(match self.map_batch {
            None => Arc::new(map),
            Some(first) => Arc::new(move |batch, random| map(first(batch, random), random)),
        });
        self
    }

    /// Most bytes of batches that wait to be used or are being made; 256 MiB otherwise. A single batch may be larger, and
    /// the first one is made alone, as only then it is known how large they are. Those being made are taken to be as large
    /// as the largest so far; the samples that they are made of come on top.
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
        let places = Places {
            order: self.order.of_epoch(epoch, self.dataset.len(), self.num_samples()),
            batch_size: self.batch_size,
            seed: self.order.seed(),
            epoch,
        };
        let num_batches = places.num_batches();
        let first_batch = first_batch.min(num_batches);
        let (dataset, map_batch) = (self.dataset.clone(), self.map_batch.clone());
        let plan = Arc::new(Plan { dataset, places, augmented: self.augmented, map_batch });
        let ahead = (self.workers > 0 && first_batch < num_batches).then(|| {
            let plan = plan.clone();
            let make: Arc<Make> = Arc::new(move |index, stopped| plan.made(index, stopped));
            Ahead::new(first_batch..num_batches, self.workers, self.memory, make)
        });
        Epoch { plan, ahead, next: first_batch, waited: Duration::ZERO }
    }
}

impl Order {
    fn seed(&self) -> u64 {
        match self {
            Order::Given => 0,
            Order::Shuffled { seed } | Order::Drawn { seed, .. } => *seed,
        }
    }

    /// Indices of the samples of an epoch: `num_samples` of a data set of `len`.
    fn of_epoch(&self, epoch: u64, len: usize, num_samples: usize) -> Vec<usize> {
        let mut order: Vec<usize> = match self {
            Order::Given | Order::Shuffled { .. } => (0..len).collect(),
            Order::Drawn { sampler, seed, len } => sampler.draws(*seed, epoch).take(*len).collect(),
        };
        if let Order::Shuffled { seed } = self {
            shuffle(&mut order, *seed, epoch);
        }
        order.truncate(num_samples);
        order
    }
}

/// Which samples are where in an epoch.
struct Places {
    order: Vec<usize>,
    batch_size: usize,
    seed: u64,
    epoch: u64,
}

impl Places {
    fn num_batches(&self) -> usize {
        self.order.len().div_ceil(self.batch_size)
    }

    fn indices(&self, batch: usize) -> &[usize] {
        let start = batch * self.batch_size;
        &self.order[start..self.order.len().min(start + self.batch_size)]
    }

    /// The random numbers of a sample or a batch, by its place in the epoch.
    fn random(&self, stream: u64, place: usize) -> Philox {
        // Epochs are 2^36 places apart: no data set in memory has so many samples.
        Philox::new(self.seed, stream.wrapping_add(self.epoch << 36).wrapping_add(place as u64))
    }
}

/// What the batches of an epoch are.
struct Plan<D: Dataset> {
    dataset: Arc<D>,
    places: Places,
    augmented: bool,
    map_batch: Option<MapBatch<D>>,
}

impl<D: Dataset> Plan<D> {
    /// A batch as threads make it.
    fn made(&self, batch: usize, stopped: &AtomicBool) -> Option<Result<(Thing, usize), Error>> {
        let batch = self.batch(batch, stopped)?;
        Some(batch.map(|batch| {
            let bytes = D::Sample::batch_bytes(&batch);
            (Box::new(batch) as Thing, bytes)
        }))
    }

    /// A batch, unless `stopped` says before it is finished that nobody wants it.
    fn batch(&self, batch: usize, stopped: &AtomicBool) -> Option<Result<SampleBatch<D>, Error>> {
        let (start, indices) = (batch * self.places.batch_size, self.places.indices(batch));
        let mut samples = Vec::with_capacity(indices.len());
        for (offset, &index) in indices.iter().enumerate() {
            if stopped.load(Ordering::Relaxed) {
                return None;
            }
            match self.sample(index, start + offset) {
                Ok(sample) => samples.push(sample),
                Err(error) => return Some(Err(error)),
            }
        }
        let collated = D::Sample::collate(samples).map_err(|error| numbered_in_data_set(error, indices));
        Some(collated.map(|collated| match &self.map_batch {
            None => collated,
            Some(map) => map(collated, &mut self.places.random(BATCH_STREAM, batch)),
        }))
    }

    /// The sample at an index of the data set, at this place in the epoch.
    fn sample(&self, index: usize, place: usize) -> Result<D::Sample, Error> {
        let sample = if self.augmented {
            // By the place in the epoch: a sample that is drawn twice is not changed twice in the same way.
            self.dataset.training_sample(index, &mut self.places.random(SAMPLE_STREAM, place))
        } else {
            self.dataset.sample(index)
        };
        sample.map_err(|error| of_sample(error, index))
    }
}

/// The error of a sample, with its index.
fn of_sample(error: Error, index: usize) -> Error {
    match error {
        // A file is what one looks for, and such errors name it.
        Error::Io { .. } | Error::BadFile { .. } => error,
        other => Error::Sample { index, source: Box::new(other) },
    }
}

/// What is random in samples and in batches, apart from the streams of initial values, shuffling and draws.
const SAMPLE_STREAM: u64 = 0x4155_474d_454e_5431;
const BATCH_STREAM: u64 = 0xc155_474d_454e_5432;

/// Errors of a batch speak of places in the batch, which nobody knows: the indices in the data set instead.
fn numbered_in_data_set(error: Error, indices: &[usize]) -> Error {
    let index_of = |place: usize| indices.get(place).copied().unwrap_or(place);
    match error {
        Error::RaggedBatch { sample, found, first_sample, first } => Error::RaggedBatch {
            sample: index_of(sample),
            found,
            first_sample: index_of(first_sample),
            first,
        },
        other => other,
    }
}

/// Iterator over the batches of an epoch: see [`Loader::epoch`]. Dropping it stops its threads.
pub struct Epoch<D: Dataset> {
    plan: Arc<Plan<D>>,
    ahead: Option<Ahead>,
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
        let places = &self.plan.places;
        if self.next < places.num_batches() { places.indices(self.next).len() } else { 0 }
    }

    /// Number of the batch that comes next in the epoch.
    pub fn position(&self) -> usize {
        self.next
    }
}

impl<D: Dataset> Iterator for Epoch<D> {
    type Item = Result<SampleBatch<D>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.plan.places.num_batches() {
            return None;
        }
        let (start, batch) = (Instant::now(), self.next);
        // Before a panic of the data set may come out: the batch is not asked for again.
        self.next += 1;
        let batch = match &mut self.ahead {
            Some(ahead) => {
                Some(ahead.take(batch).map(|batch| *batch.downcast().expect("the plan makes batches")))
            }
            None => self.plan.batch(batch, &AtomicBool::new(false)),
        };
        self.waited += start.elapsed();
        batch
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.plan.places.num_batches() - self.next;
        (left, Some(left))
    }
}

impl<D: Dataset> ExactSizeIterator for Epoch<D> {}

impl<D: Dataset> fmt::Debug for Epoch<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Epoch({} of {} batches)", self.next, self.plan.places.num_batches())
    }
}
