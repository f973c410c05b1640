//! Features brought to a common scale.

use std::path::Path;

use serde_json::json;

use crate::Error;
use crate::data::idx::bad_file;
use crate::data::{Dataset, Philox, Sample, json};

/// Shifts and scales `N` features: `(x - shift) / scale`, as learned from a data set.
///
/// ```
/// use macrograd::data::{Dataset, Normaliser};
///
/// let samples: Vec<([f32; 2], u32)> = vec![([0.0, 10.0], 0), ([2.0, 30.0], 1)];
/// let normaliser = Normaliser::fit(&samples)?;
/// assert_eq!(normaliser.apply([1.0, 30.0]), [0.0, 1.0]);
/// assert_eq!(normaliser.applied_to(samples).sample(0)?, ([-1.0, -1.0], 0));
/// # Ok::<(), macrograd::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Normaliser<const N: usize> {
    shift: [f32; N],
    scale: [f32; N],
}

/// A sample whose first part is `N` features.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not start with {N} features",
    note = "a normaliser is for samples such as `([f32; 4], u32)`"
)]
pub trait Featured<const N: usize>: Sample {
    /// The features.
    fn features(&mut self) -> &mut [f32; N];
}

macro_rules! featured {
    ($($field:ident),*) => {
        impl<const N: usize, $($field: super::super::Field),*> Featured<N> for ([f32; N], $($field,)*) {
            fn features(&mut self) -> &mut [f32; N] {
                &mut self.0
            }
        }
    };
}
featured!();
featured!(A);
featured!(A, B);
featured!(A, B, C);

impl<const N: usize> Normaliser<N> {
    /// Brings features to mean 0 and standard deviation 1 (biased) on this data set, which is what a model trains on and
    /// nothing else. A feature that is the same everywhere is shifted only.
    ///
    /// # Errors
    /// Those of the data set, and [`Error::Other`] when it is empty or a feature is not finite.
    pub fn fit<D: Dataset>(dataset: &D) -> Result<Self, Error>
    where
        D::Sample: Featured<N>,
    {
        let count = dataset.len() as f64;
        let mut mean = [0.0_f64; N];
        for_each(dataset, &mut |features| {
            for (mean, &x) in mean.iter_mut().zip(features) {
                *mean += f64::from(x) / count;
            }
        })?;
        let mut variance = [0.0_f64; N];
        for_each(dataset, &mut |features| {
            for ((variance, mean), &x) in variance.iter_mut().zip(&mean).zip(features) {
                *variance += (f64::from(x) - mean).powi(2) / count;
            }
        })?;
        // Below what rounding to `f32` makes of equal numbers.
        let is_constant = |place: usize| variance[place].sqrt() <= 1e-7 * mean[place].abs();
        let scale = |place| if is_constant(place) { 1.0 } else { variance[place].sqrt() as f32 };
        Ok(Normaliser { shift: mean.map(|mean| mean as f32), scale: std::array::from_fn(scale) })
    }

    /// Brings features from 0, the least on this data set, to 1, the greatest. A feature that is the same everywhere is
    /// shifted only.
    ///
    /// # Errors
    /// As for [`fit`](Normaliser::fit).
    pub fn fit_range<D: Dataset>(dataset: &D) -> Result<Self, Error>
    where
        D::Sample: Featured<N>,
    {
        let (mut least, mut greatest) = ([f32::INFINITY; N], [f32::NEG_INFINITY; N]);
        for_each(dataset, &mut |features| {
            for ((least, greatest), &x) in least.iter_mut().zip(&mut greatest).zip(features) {
                (*least, *greatest) = (least.min(x), greatest.max(x));
            }
        })?;
        let scale = |place: usize| match greatest[place] - least[place] {
            0.0 => 1.0,
            range => range,
        };
        Ok(Normaliser { shift: least, scale: std::array::from_fn(scale) })
    }

    /// One that changes nothing.
    pub fn identity() -> Self {
        Normaliser { shift: [0.0; N], scale: [1.0; N] }
    }

    /// Leaves these features as they are, such as those of [`Feature::one_hot`](super::Feature::one_hot).
    ///
    /// # Panics
    /// When a place is not below `N`.
    #[must_use]
    #[track_caller]
    pub fn leave(mut self, places: impl IntoIterator<Item = usize>) -> Self {
        for place in places {
            assert!(place < N, "feature {place} of {N}");
            (self.shift[place], self.scale[place]) = (0.0, 1.0);
        }
        self
    }

    /// What is taken from each feature.
    pub fn shift(&self) -> [f32; N] {
        self.shift
    }

    /// What each feature is then divided by.
    pub fn scale(&self) -> [f32; N] {
        self.scale
    }

    /// Normalised features.
    pub fn apply(&self, features: [f32; N]) -> [f32; N] {
        std::array::from_fn(|place| (features[place] - self.shift[place]) / self.scale[place])
    }

    /// A data set whose features are normalised.
    pub fn applied_to<D: Dataset>(&self, dataset: D) -> Normalised<D, N>
    where
        D::Sample: Featured<N>,
    {
        Normalised { dataset, normaliser: self.clone() }
    }

    /// Writes a JSON file, which replaces an earlier one at once or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        write(path.as_ref(), &self.shift, &self.scale)
    }

    /// Reads a file of [`save`](Normaliser::save).
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read; [`Error::BadFile`] when it is another file, or has not `N` features.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let [shift, scale] = read(path.as_ref(), N)?;
        let array = |values: Vec<f32>| std::array::from_fn(|place| values[place]);
        Ok(Normaliser { shift: array(shift), scale: array(scale) })
    }
}

fn write(path: &Path, shift: &[f32], scale: &[f32]) -> Result<(), Error> {
    json::write(path, &json!({ "shift": shift, "scale": scale }))
}

/// What is taken from each of so many features, and what they are then divided by.
fn read(path: &Path, num_features: usize) -> Result<[Vec<f32>; 2], Error> {
    let content = json::read(path)?;
    let numbers = |key| content.get(key).and_then(json::numbers);
    let (Some(shift), Some(scale)) = (numbers("shift"), numbers("scale")) else {
        let problem = "it is not a normaliser; give a file that `Normaliser::save` has written";
        return Err(bad_file(path, problem.to_owned()));
    };
    let (found, scales) = (shift.len(), scale.len());
    if (found, scales) != (num_features, num_features) {
        let problem = format!(
            "it normalises {found} features, with {scales} scales, but {num_features} are asked for; give the file that was \
             saved with this model"
        );
        return Err(bad_file(path, problem));
    }
    Ok([shift, scale])
}

fn for_each<D: Dataset, const N: usize>(dataset: &D, visit: &mut dyn FnMut(&[f32; N])) -> Result<(), Error>
where
    D::Sample: Featured<N>,
{
    if dataset.is_empty() {
        return Err(Error::Other(
            "a data set without samples has no mean and no range to normalise by".into(),
        ));
    }
    for index in 0..dataset.len() {
        let mut sample = dataset.sample(index)?;
        let features = sample.features();
        check_finite(index, features)?;
        visit(features);
    }
    Ok(())
}

fn check_finite(index: usize, features: &[f32]) -> Result<(), Error> {
    let Some(place) = features.iter().position(|x| !x.is_finite()) else { return Ok(()) };
    let problem = format!(
        "feature {place} is {}, which nothing can be normalised by; fill or leave out such samples",
        features[place]
    );
    Err(Error::Sample { index, source: Box::new(Error::Other(problem.into())) })
}

/// A data set with normalised features: see [`Normaliser::applied_to`].
#[derive(Clone, Debug)]
pub struct Normalised<D, const N: usize> {
    dataset: D,
    normaliser: Normaliser<N>,
}

impl<D: Dataset, const N: usize> Dataset for Normalised<D, N>
where
    D::Sample: Featured<N>,
{
    type Sample = D::Sample;

    fn len(&self) -> usize {
        self.dataset.len()
    }

    fn sample(&self, index: usize) -> Result<Self::Sample, Error> {
        Ok(self.normalised(self.dataset.sample(index)?))
    }

    fn training_sample(&self, index: usize, random: &mut Philox) -> Result<Self::Sample, Error> {
        Ok(self.normalised(self.dataset.training_sample(index, random)?))
    }
}

impl<D: Dataset, const N: usize> Normalised<D, N>
where
    D::Sample: Featured<N>,
{
    fn normalised(&self, mut sample: D::Sample) -> D::Sample {
        let features = sample.features();
        *features = self.normaliser.apply(*features);
        sample
    }
}
