//! Labelled images in memory.

use std::path::Path;

use macrograd_runtime::{Const, Error, Tensor};

use super::Dataset;
use super::batches::{Batch, Batches};
use super::idx::{self, Images, bad_file};

/// The two halves of a data set.
#[derive(Clone, Debug)]
pub struct Split<const H: usize, const W: usize> {
    /// What a model learns from.
    pub train: ImageDataset<H, W>,
    /// What it is judged by.
    pub test: ImageDataset<H, W>,
}

impl<const H: usize, const W: usize> Split<H, W> {
    /// Both halves with [`ImageDataset::normalise`].
    ///
    /// # Panics
    /// When `mean` is not finite or `std` is not positive and finite.
    #[must_use]
    #[track_caller]
    pub fn normalise(self, mean: f32, std: f32) -> Self {
        Split { train: self.train.normalise(mean, std), test: self.test.normalise(mean, std) }
    }
}

/// Grey images of `H` rows and `W` columns, one byte a pixel, each with the number of its class.
///
/// Pixels reach a model as `f32` from 0 to 1, or as [`normalise`](ImageDataset::normalise) says.
///
/// ```
/// use macrograd::data::ImageDataset;
///
/// let pixels = vec![0, 255, 255, 0, 128, 0, 0, 128];
/// let data = ImageDataset::<2, 2>::new(pixels, vec![1, 0], 2)?;
/// let batch = data.batches(8).next().unwrap();
/// assert_eq!(batch.image.row(0), [0.0, 1.0, 1.0, 0.0]);
/// assert_eq!(batch.label.as_slice(), [1, 0]);
/// # Ok::<(), macrograd::Error>(())
/// ```
#[derive(Clone)]
pub struct ImageDataset<const H: usize, const W: usize> {
    pixels: Vec<u8>,
    labels: Vec<u8>,
    num_classes: usize,
    /// The pixel that becomes 1 before normalisation.
    white: u8,
    /// What each byte becomes.
    value_by_pixel: Box<[f32; 256]>,
}

impl<const H: usize, const W: usize> ImageDataset<H, W> {
    /// A data set of these pixels (image by image, row by row) and labels.
    ///
    /// # Errors
    /// [`Error::ElementCount`] when there are not `H * W` pixels for each label; [`Error::LabelOutOfRange`] for a
    /// label that is not below `num_classes`.
    ///
    /// # Panics
    /// When `num_classes` is 0.
    #[track_caller]
    pub fn new(pixels: Vec<u8>, labels: Vec<u8>, num_classes: usize) -> Result<Self, Error> {
        assert!(num_classes > 0, "`num_classes` is 0, but labels need at least one class");
        if pixels.len() != labels.len() * H * W {
            let (shape, expected) = (vec![labels.len(), 1, H, W], labels.len() * H * W);
            return Err(Error::ElementCount { shape, expected, found: pixels.len() });
        }
        if let Some(position) = labels.iter().position(|&label| usize::from(label) >= num_classes) {
            let label = i64::from(labels[position]);
            return Err(Error::LabelOutOfRange { position, label, classes: num_classes });
        }
        let white = u8::MAX;
        Ok(ImageDataset { pixels, labels, num_classes, white, value_by_pixel: scaled(white, 0.0, 1.0) })
    }

    /// The images of one IDX file with the labels of another.
    ///
    /// # Errors
    /// As for [`idx::read_images`], and [`Error::BadFile`] when the images are not `H`x`W`, the files do not hold
    /// the same number of images and labels, or a label is not below `num_classes`.
    ///
    /// # Panics
    /// When `num_classes` is 0.
    pub fn open(
        images: impl AsRef<Path>,
        labels: impl AsRef<Path>,
        num_classes: usize,
    ) -> Result<Self, Error> {
        let (images_path, labels_path) = (images.as_ref(), labels.as_ref());
        let images = idx::read_images(images_path)?;
        let labels = idx::read_labels(labels_path)?;
        ImageDataset::from_files(images, images_path, labels, labels_path, num_classes)
    }

    pub(super) fn from_files(
        images: Images,
        images_path: &Path,
        labels: Vec<u8>,
        labels_path: &Path,
        num_classes: usize,
    ) -> Result<Self, Error> {
        let Images { count, height, width, pixels } = images;
        if (height, width) != (H, W) {
            let problem = format!(
                "its images are {height}x{width} pixels, but the type of the data set says {H}x{W}; use \
                 `ImageDataset<{height}, {width}>` and a model for that size, or resize the images"
            );
            return Err(bad_file(images_path, problem));
        }
        if count != labels.len() {
            let problem = format!(
                "it holds {count} images, but {} holds {} labels; take both files from the same half of the same \
                 data set",
                labels_path.display(),
                labels.len()
            );
            return Err(bad_file(images_path, problem));
        }
        match ImageDataset::new(pixels, labels, num_classes) {
            Err(Error::LabelOutOfRange { position, label, classes }) => Err(bad_file(
                labels_path,
                format!(
                    "label {label} at position {position} is not one of the {classes} classes, 0 to {}",
                    classes - 1
                ),
            )),
            other => other,
        }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Number of classes; labels are below it.
    pub fn num_classes(&self) -> usize {
        self.num_classes
    }

    /// Bytes of image `index`, row by row, before any scaling.
    ///
    /// # Panics
    /// When `index` is not below [`len`](ImageDataset::len).
    #[track_caller]
    pub fn pixels(&self, index: usize) -> &[u8] {
        assert!(index < self.len(), "image {index} of a data set with {} images", self.len());
        &self.pixels[index * H * W..][..H * W]
    }

    /// Labels of all images.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// What a pixel of this brightness becomes in a batch.
    pub fn value(&self, pixel: u8) -> f32 {
        self.value_by_pixel[usize::from(pixel)]
    }

    /// Shifts and scales pixels from now on: `(pixel / white - mean) / std`, where `white` is 255 unless the data set
    /// says otherwise. Replaces an earlier normalisation.
    ///
    /// # Panics
    /// When `mean` is not finite or `std` is not positive and finite.
    #[must_use]
    #[track_caller]
    pub fn normalise(mut self, mean: f32, std: f32) -> Self {
        assert!(mean.is_finite(), "`mean` is {mean}, but must be finite");
        assert!(std > 0.0 && std.is_finite(), "`std` is {std}, but must be positive and finite");
        self.value_by_pixel = scaled(self.white, mean, std);
        self
    }

    /// Makes `white` the brightest pixel: it becomes 1 before normalisation.
    #[cfg_attr(not(feature = "embedded-data"), allow(dead_code))]
    pub(super) fn white(mut self, white: u8) -> Self {
        self.white = white;
        self.value_by_pixel = scaled(white, 0.0, 1.0);
        self
    }

    /// Mean and standard deviation (biased) of all pixels scaled to 0..1: what [`normalise`](ImageDataset::normalise)
    /// takes to give pixels of mean 0 and deviation 1. NaN for an empty data set.
    pub fn mean_and_std(&self) -> (f32, f32) {
        // Whole numbers: 2^32 pixels of 255 squared are far below 2^64.
        let (sum, squares) = self.pixels.iter().fold((0_u64, 0_u64), |(sum, squares), &pixel| {
            (sum + u64::from(pixel), squares + u64::from(pixel) * u64::from(pixel))
        });
        let (count, white) = (self.pixels.len() as f64, f64::from(self.white));
        let mean = sum as f64 / count;
        let variance = squares as f64 / count - mean * mean;
        ((mean / white) as f32, (variance.max(0.0).sqrt() / white) as f32)
    }

    /// A data set of the images at `indices`, in that order, scaled as this one.
    ///
    /// ```
    /// # use macrograd::data::FashionMnist;
    /// # #[cfg(feature = "embedded-data")] {
    /// let train = FashionMnist::embedded().train;
    /// let validation = train.select(0..200);
    /// let rest = train.select(200..train.len());
    /// # assert_eq!((validation.len(), rest.len()), (200, 1800)); }
    /// ```
    ///
    /// # Panics
    /// When an index is not below [`len`](ImageDataset::len).
    #[track_caller]
    pub fn select(&self, indices: impl IntoIterator<Item = usize>) -> Self {
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for index in indices {
            pixels.extend_from_slice(self.pixels(index));
            labels.push(self.labels[index]);
        }
        ImageDataset {
            pixels,
            labels,
            num_classes: self.num_classes,
            white: self.white,
            value_by_pixel: self.value_by_pixel.clone(),
        }
    }

    /// Batches of `batch_size` images in the order of the data set; the last one may be smaller.
    ///
    /// # Panics
    /// When `batch_size` is 0.
    #[track_caller]
    pub fn batches(&self, batch_size: usize) -> Batches<'_, H, W> {
        Batches::new(self, batch_size, None)
    }

    /// Batches of `batch_size` images in an order that depends on `seed` and `epoch` alone; the last one may be
    /// smaller.
    ///
    /// # Panics
    /// When `batch_size` is 0.
    #[track_caller]
    pub fn shuffled_batches(&self, batch_size: usize, seed: u64, epoch: u64) -> Batches<'_, H, W> {
        Batches::new(self, batch_size, Some((seed, epoch)))
    }

    /// The images at `indices` with their labels, as a batch.
    ///
    /// # Panics
    /// When an index is not below [`len`](ImageDataset::len).
    #[track_caller]
    pub fn batch(&self, indices: &[usize]) -> Batch<H, W> {
        let mut batch = Batch::default();
        batch.fill(self, indices);
        batch
    }
}

/// Images with the numbers of their classes.
impl<const H: usize, const W: usize> Dataset for ImageDataset<H, W> {
    type Sample = (Tensor<f32, (Const<1>, Const<H>, Const<W>)>, u8);

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn sample(&self, index: usize) -> Result<Self::Sample, Error> {
        let values = self.pixels(index).iter().map(|&pixel| self.value(pixel)).collect();
        Ok((Tensor::from_vec((Const, Const, Const), values), self.labels[index]))
    }
}

impl<const H: usize, const W: usize> std::fmt::Debug for ImageDataset<H, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ImageDataset({} images of {H}x{W} pixels, {} classes)", self.len(), self.num_classes)
    }
}

/// The smallest number of classes that these labels allow, at least 1.
pub(super) fn num_classes_of(labels: &[u8]) -> usize {
    labels.iter().max().map_or(1, |&label| usize::from(label) + 1)
}

/// `(pixel / white - mean) / std` for every byte.
fn scaled(white: u8, mean: f32, std: f32) -> Box<[f32; 256]> {
    Box::new(std::array::from_fn(|pixel| (pixel as f32 / f32::from(white) - mean) / std))
}
