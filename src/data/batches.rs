//! Batches of images as tensors.

use macrograd_runtime::random::Philox;
use macrograd_runtime::{Const, Tensor};

use super::ImageDataset;

/// Images with their labels, as model functions take them.
#[derive(Clone, Debug)]
pub struct Batch<const H: usize, const W: usize> {
    /// The images, of shape `[batch, 1, H, W]`.
    pub image: Tensor<f32, (usize, Const<1>, Const<H>, Const<W>)>,
    /// The number of each image's class.
    pub label: Tensor<u8, (usize,)>,
}

impl<const H: usize, const W: usize> Default for Batch<H, W> {
    /// A batch of no images, to be filled by [`Batches::next_into`].
    fn default() -> Self {
        Batch { image: Tensor::zeros((0, Const, Const, Const)), label: Tensor::zeros((0,)) }
    }
}

impl<const H: usize, const W: usize> Batch<H, W> {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.label.numel()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the images at `indices`, in the memory of the images held before where there is enough of it.
    #[track_caller]
    pub(super) fn fill(&mut self, data: &ImageDataset<H, W>, indices: &[usize]) {
        let Batch { image, label } = std::mem::take(self);
        let (mut values, mut labels) = (image.into_vec(), label.into_vec());
        values.clear();
        labels.clear();
        values.reserve(indices.len() * H * W);
        for &index in indices {
            values.extend(data.pixels(index).iter().map(|&pixel| data.value(pixel)));
            labels.push(data.labels()[index]);
        }
        let batch = indices.len();
        self.image = Tensor::from_vec((batch, Const, Const, Const), values);
        self.label = Tensor::from_vec((batch,), labels);
    }
}

/// Iterator over the batches of a data set: see [`ImageDataset::batches`] and [`ImageDataset::shuffled_batches`].
#[derive(Clone, Debug)]
pub struct Batches<'a, const H: usize, const W: usize> {
    data: &'a ImageDataset<H, W>,
    order: Vec<usize>,
    batch_size: usize,
    /// Images given out so far.
    position: usize,
}

impl<'a, const H: usize, const W: usize> Batches<'a, H, W> {
    #[track_caller]
    pub(super) fn new(
        data: &'a ImageDataset<H, W>,
        batch_size: usize,
        seed_and_epoch: Option<(u64, u64)>,
    ) -> Self {
        assert!(batch_size > 0, "`batch_size` is 0, but a batch holds at least one image");
        let mut order: Vec<usize> = (0..data.len()).collect();
        if let Some((seed, epoch)) = seed_and_epoch {
            shuffle(&mut order, seed, epoch);
        }
        Batches { data, order, batch_size, position: 0 }
    }

    /// Leaves out a last batch that is smaller than the others.
    pub fn drop_last(mut self) -> Self {
        self.order.truncate(self.order.len() / self.batch_size * self.batch_size);
        self
    }

    /// Puts the next batch into `batch`, in the memory of the one it held before; false when there is none left, and
    /// `batch` stays as it is. From the second batch on nothing is allocated.
    ///
    /// ```
    /// # use macrograd::data::{Batch, ImageDataset};
    /// # let data = ImageDataset::<1, 2>::new(vec![0; 10], vec![0; 5], 1)?;
    /// let mut batch = Batch::default();
    /// let mut batches = data.batches(2);
    /// while batches.next_into(&mut batch) {
    ///     println!("{} images", batch.len());
    /// }
    /// # assert_eq!(batch.len(), 1);
    /// # Ok::<(), macrograd::Error>(())
    /// ```
    pub fn next_into(&mut self, batch: &mut Batch<H, W>) -> bool {
        let end = self.order.len().min(self.position + self.batch_size);
        if self.position == end {
            return false;
        }
        batch.fill(self.data, &self.order[self.position..end]);
        self.position = end;
        true
    }
}

impl<const H: usize, const W: usize> Iterator for Batches<'_, H, W> {
    type Item = Batch<H, W>;

    fn next(&mut self) -> Option<Batch<H, W>> {
        let mut batch = Batch::default();
        self.next_into(&mut batch).then_some(batch)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.order.len() - self.position).div_ceil(self.batch_size);
        (left, Some(left))
    }
}

impl<const H: usize, const W: usize> ExactSizeIterator for Batches<'_, H, W> {}

/// Puts `order` in one of its permutations, chosen by `seed` and `epoch` alone.
pub(super) fn shuffle(order: &mut [usize], seed: u64, epoch: u64) {
    // Apart from the streams of initial values, which a model with the same seed draws from.
    const STREAM: u64 = 0x5348_5546_464c_4531;
    Philox::new(seed, STREAM.wrapping_add(epoch)).shuffle(order);
}
