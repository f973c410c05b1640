//! Loaders of any data set whose batches are those of the model.

use std::time::Duration;

use crate::Error;
use crate::data::{Dataset, Epoch, Loader, Sample};

/// A [`Loader`], of whatever data set.
pub(super) trait Source<B>: Send {
    fn batch_size(&self) -> usize;
    fn num_samples(&self) -> usize;
    fn num_batches(&self) -> usize;
    fn open(&self, epoch: u64, first_batch: usize) -> Box<dyn OpenSource<B>>;
}

/// The batches of an epoch, each with its number of samples.
pub(super) trait OpenSource<B>: Iterator<Item = Result<(B, usize), Error>> {
    fn waited(&self) -> Duration;
}

impl<D: Dataset> Source<<D::Sample as Sample>::Batch> for Loader<D> {
    fn batch_size(&self) -> usize {
        self.batch_size()
    }
    fn num_samples(&self) -> usize {
        self.num_samples()
    }
    fn num_batches(&self) -> usize {
        self.num_batches()
    }
    fn open(&self, epoch: u64, first_batch: usize) -> Box<dyn OpenSource<<D::Sample as Sample>::Batch>> {
        Box::new(Counted(self.epoch_from(epoch, first_batch)))
    }
}

/// An epoch that gives the number of samples with each batch.
struct Counted<D: Dataset>(Epoch<D>);

impl<D: Dataset> Iterator for Counted<D> {
    type Item = Result<(<D::Sample as Sample>::Batch, usize), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let len = self.0.next_len();
        self.0.next().map(|batch| Ok((batch?, len)))
    }
}

impl<D: Dataset> OpenSource<<D::Sample as Sample>::Batch> for Counted<D> {
    fn waited(&self) -> Duration {
        self.0.waited()
    }
}
