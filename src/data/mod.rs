//! Data sets of images, in memory, their batches, and how samples are divided.
//!
//! [`FashionMnist`] and `Digits` come with the library (feature `embedded-data`, on by default), so that a first
//! model trains without a download; [`MnistFolder`] reads any folder of MNIST-style files. All of them give a
//! [`Split`] of two [`ImageDataset`]s, whose batches are the tensors that a model function takes:
//!
//! ```
//! # #[cfg(feature = "embedded-data")] {
//! use macrograd::data::FashionMnist;
//!
//! let data = FashionMnist::embedded();
//! for epoch in 0..2 {
//!     for batch in data.train.shuffled_batches(64, /* seed */ 7, epoch) {
//!         assert_eq!(batch.image.shape().0, batch.label.shape().0);
//!         // model.loss_grad_into(&mut workspace, &batch.image, &batch.label, &mut gradients); …
//!     }
//! }
//! # }
//! ```
//!
//! [`split`] divides samples of any kind: into parts, folds for cross-validation, and draws that even out classes.
//! [`npy`] reads and writes NumPy's files as tensors; [`Table`] reads CSV files, or Parquet files with the feature
//! `parquet`, as rows of features with labels. `ImageFolder` (feature
//! `images`) reads a folder of images for each class; [`augment`] changes images at random.

pub mod augment;
mod batches;
#[cfg(feature = "images")]
mod class_folder;
mod dataset;
#[cfg(feature = "embedded-data")]
mod digits;
mod fashion_mnist;
mod folder;
pub mod idx;
mod image_dataset;
#[cfg(feature = "images")]
mod image_folder;
mod json;
mod loader;
pub mod npy;
mod sample;
pub mod split;
pub mod table;

pub use batches::{Batch, Batches};
pub use dataset::{Augment, Dataset, Map, Select};
#[cfg(feature = "embedded-data")]
pub use digits::Digits;
pub use fashion_mnist::FashionMnist;
pub use folder::MnistFolder;
pub use image_dataset::{ImageDataset, Split};
#[cfg(feature = "images")]
pub use image_folder::{Fit, ImageFolder, read_image};
pub use loader::{Epoch, Loader};
/// A sequence of random numbers, as augmentations draw from.
pub use macrograd_runtime::random::Philox;
pub use sample::{Field, Sample};
pub use table::{Encoding, Feature, Fill, Normaliser, Table};

/// The batches that a data set makes.
pub type SampleBatch<D> = <<D as Dataset>::Sample as Sample>::Batch;
