//! What every data set can do, and data sets made of others.

use std::sync::Arc;

use macrograd_runtime::random::Philox;

use super::sample::Sample;
use crate::Error;

/// Samples by number: what [`Loader`](super::Loader) makes batches of.
///
/// `Vec`s, arrays and slices of samples are data sets; so is anything that can give the sample of an index:
///
/// ```
/// use macrograd::Error;
/// use macrograd::data::{Dataset, Loader};
///
/// /// Points of a parabola.
/// struct Parabola;
///
/// impl Dataset for Parabola {
///     type Sample = ([f32; 1], f32);
///
///     fn len(&self) -> usize {
///         100
///     }
///
///     fn sample(&self, index: usize) -> Result<Self::Sample, Error> {
///         let x = index as f32 / 50.0 - 1.0;
///         Ok(([x], x * x))
///     }
/// }
///
/// for batch in Loader::new(Parabola, 32).shuffle(/* seed */ 7).epoch(0) {
///     let (x, y) = batch?;
///     assert_eq!(x.shape().0, y.shape().0);
/// }
/// # Ok::<(), Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a data set",
    note = "data sets are vectors and arrays of samples, those of `macrograd::data`, and what implements `Dataset`"
)]
pub trait Dataset: Send + Sync + 'static {
    /// A tuple with a part for each argument of the loss.
    type Sample: Sample;

    /// Number of samples.
    fn len(&self) -> usize;

    /// Whether there are no samples.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sample at an index below [`len`](Dataset::len); the same one every time.
    ///
    /// # Errors
    /// When it cannot be read: [`Error::Other`] holds any error.
    fn sample(&self, index: usize) -> Result<Self::Sample, Error>;

    /// The sample as training sees it: changed at random, if the data set is [`augment`](Dataset::augment)ed. `random`
    /// depends on the seed, the epoch and the place in the epoch alone.
    ///
    /// # Errors
    /// As for [`sample`](Dataset::sample).
    fn training_sample(&self, index: usize, random: &mut Philox) -> Result<Self::Sample, Error> {
        let _ = random;
        self.sample(index)
    }

    /// A data set of what `map` makes of each sample, in training and evaluation alike.
    fn map<T: Sample, F>(self, map: F) -> Map<Self, F>
    where
        Self: Sized,
        F: Fn(Self::Sample) -> T + Send + Sync + 'static,
    {
        Map { dataset: self, map }
    }

    /// A data set whose samples `augment` changes at random, in training only.
    fn augment<F>(self, augment: F) -> Augment<Self, F>
    where
        Self: Sized,
        F: Fn(Self::Sample, &mut Philox) -> Self::Sample + Send + Sync + 'static,
    {
        Augment { dataset: self, augment }
    }

    /// A data set of the samples at these indices, in that order, such as a part that [`split`](super::split) gives.
    ///
    /// # Panics
    /// When an index is not below [`len`](Dataset::len).
    #[track_caller]
    fn subset(self, indices: impl IntoIterator<Item = usize>) -> Select<Self>
    where
        Self: Sized,
    {
        let (indices, len): (Vec<usize>, usize) = (indices.into_iter().collect(), self.len());
        if let Some(index) = indices.iter().find(|&&index| index >= len) {
            panic!("sample {index} of a data set with {len} samples");
        }
        Select { dataset: self, indices }
    }

    /// Two data sets: a random part of the samples, from 0 to 1, and the others.
    ///
    /// ```
    /// use macrograd::data::Dataset;
    ///
    /// let samples: Vec<([f32; 2], u8)> = vec![([0.0, 1.0], 0); 50];
    /// let (validation, train) = samples.split(0.2, /* seed */ 7);
    /// assert_eq!((validation.len(), train.len()), (10, 40));
    /// ```
    ///
    /// # Panics
    /// When `part` is not from 0 to 1.
    #[track_caller]
    fn split(self, part: f64, seed: u64) -> (Select<Arc<Self>>, Select<Arc<Self>>)
    where
        Self: Sized,
    {
        assert!((0.0..=1.0).contains(&part), "`part` is {part}, but must be from 0 to 1");
        let len = self.len();
        let whole = Arc::new(self);
        let [first, second] = if part == 0.0 || part == 1.0 {
            // A part that is empty on purpose has no share in `random_split`.
            let (none, all) = (Vec::new(), (0..len).collect());
            if part == 0.0 { [none, all] } else { [all, none] }
        } else {
            let parts = super::split::random_split(len, &[part, 1.0 - part], seed);
            parts.try_into().expect("as many parts as fractions")
        };
        (whole.clone().subset(first), whole.subset(second))
    }
}

/// A data set of mapped samples: see [`Dataset::map`].
#[derive(Clone, Debug)]
pub struct Map<D, F> {
    dataset: D,
    map: F,
}

impl<D: Dataset, T: Sample, F: Fn(D::Sample) -> T + Send + Sync + 'static> Dataset for Map<D, F> {
    type Sample = T;

    fn len(&self) -> usize {
        self.dataset.len()
    }

    fn sample(&self, index: usize) -> Result<T, Error> {
        self.dataset.sample(index).map(&self.map)
    }

    fn training_sample(&self, index: usize, random: &mut Philox) -> Result<T, Error> {
        self.dataset.training_sample(index, random).map(&self.map)
    }
}

/// A data set of samples that training sees changed: see [`Dataset::augment`].
#[derive(Clone, Debug)]
pub struct Augment<D, F> {
    dataset: D,
    augment: F,
}

impl<D: Dataset, F: Fn(D::Sample, &mut Philox) -> D::Sample + Send + Sync + 'static> Dataset
    for Augment<D, F>
{
    type Sample = D::Sample;

    fn len(&self) -> usize {
        self.dataset.len()
    }

    fn sample(&self, index: usize) -> Result<D::Sample, Error> {
        self.dataset.sample(index)
    }

    fn training_sample(&self, index: usize, random: &mut Philox) -> Result<D::Sample, Error> {
        let sample = self.dataset.training_sample(index, random)?;
        Ok((self.augment)(sample, random))
    }
}

/// Some of the samples of a data set: see [`Dataset::subset`].
#[derive(Clone, Debug)]
pub struct Select<D> {
    dataset: D,
    indices: Vec<usize>,
}

impl<D> Select<D> {
    /// Where the samples are in the data set that they are taken from.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// The data set that they are taken from, such as for the names of its classes.
    pub fn dataset(&self) -> &D {
        &self.dataset
    }
}

impl<D: Dataset> Dataset for Select<D> {
    type Sample = D::Sample;

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn sample(&self, index: usize) -> Result<D::Sample, Error> {
        self.dataset.sample(self.indices[index])
    }

    fn training_sample(&self, index: usize, random: &mut Philox) -> Result<D::Sample, Error> {
        self.dataset.training_sample(self.indices[index], random)
    }
}

impl<D: Dataset + ?Sized> Dataset for Arc<D> {
    type Sample = D::Sample;

    fn len(&self) -> usize {
        (**self).len()
    }

    fn sample(&self, index: usize) -> Result<D::Sample, Error> {
        (**self).sample(index)
    }

    fn training_sample(&self, index: usize, random: &mut Philox) -> Result<D::Sample, Error> {
        (**self).training_sample(index, random)
    }
}

impl<S: Sample + Clone + Sync> Dataset for Vec<S> {
    type Sample = S;

    fn len(&self) -> usize {
        self.len()
    }

    fn sample(&self, index: usize) -> Result<S, Error> {
        Ok(self[index].clone())
    }
}

impl<S: Sample + Clone + Sync, const LEN: usize> Dataset for [S; LEN] {
    type Sample = S;

    fn len(&self) -> usize {
        LEN
    }

    fn sample(&self, index: usize) -> Result<S, Error> {
        Ok(self[index].clone())
    }
}

impl<S: Sample + Clone + Sync> Dataset for &'static [S] {
    type Sample = S;

    fn len(&self) -> usize {
        <[S]>::len(self)
    }

    fn sample(&self, index: usize) -> Result<S, Error> {
        Ok(self[index].clone())
    }
}
