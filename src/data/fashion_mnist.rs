//! Fashion-MNIST.

use std::path::Path;

use macrograd_runtime::Error;

use super::Split;
use super::folder::open_folder;

/// Fashion-MNIST: 70,000 grey images of 28x28 pixels, of ten kinds of clothing.
///
/// # Source
/// H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
/// algorithms", 2017, <https://github.com/zalandoresearch/fashion-mnist>. MIT licence, Zalando SE.
#[derive(Clone, Copy, Debug)]
pub struct FashionMnist;

impl FashionMnist {
    /// Names of the classes, by label.
    pub const CLASSES: [&str; 10] = [
        "t-shirt/top",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    ];

    /// A part of the data set that comes with the library: 2,000 images to train and 500 to test, equally many of
    /// each class, in a fixed mixed order. For the whole of it see [`open`](FashionMnist::open).
    ///
    /// ```
    /// use macrograd::data::FashionMnist;
    ///
    /// let data = FashionMnist::embedded();
    /// assert_eq!((data.train.len(), data.test.len()), (2_000, 500));
    /// println!("first image: {}", FashionMnist::CLASSES[usize::from(data.train.labels()[0])]);
    /// ```
    #[cfg(feature = "embedded-data")]
    pub fn embedded() -> Split<28, 28> {
        super::folder::embedded(super::folder::embedded_files!("fashion_mnist"), Self::CLASSES.len())
    }

    /// The data set in a folder of IDX files, as downloaded or as the Debian package `dataset-fashion-mnist` installs
    /// them.
    ///
    /// # Errors
    /// As for [`MnistFolder::open`](super::MnistFolder::open); also [`Error::BadFile`] for a label of 10 or more.
    pub fn open(folder: impl AsRef<Path>) -> Result<Split<28, 28>, Error> {
        open_folder(folder.as_ref(), Some(Self::CLASSES.len()))
    }
}
