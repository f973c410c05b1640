//! Data sets, their batches, and how samples are divided and changed.
//!
//! A [`Dataset`] gives samples by index, tuples with a part for each argument of the loss; a [`Loader`] makes batches of
//! them on threads of its own, in an order that depends on a seed and the epoch:
//!
//! ```
//! use macrograd::data::{Dataset, Loader};
//!
//! // A `Vec` of tuples is a data set, and so is what the readers below give.
//! let samples: Vec<([f32; 2], u8)> = (0..100).map(|i| ([i as f32, 1.0], i % 2)).collect();
//! let (validation, train) = samples.split(0.2, /* seed */ 7);
//! let train = Loader::new(train, 32).shuffle(/* seed */ 7);
//! for epoch in 0..3 {
//!     for batch in train.epoch(epoch) {
//!         let (points, labels) = batch?; // Tensor<f32, (usize, Const<2>)> and Tensor<u8, (usize,)>
//!         assert_eq!(points.shape().0, labels.numel());
//!     }
//! }
//! # assert_eq!(validation.len(), 20);
//! # Ok::<(), macrograd::Error>(())
//! ```
//!
//! | samples are | read by | feature |
//! | --- | --- | --- |
//! | what a program computes or has in memory | a `Vec`, an array, [`TensorDataset`], or an impl of [`Dataset`] | |
//! | small images inside the library | [`FashionMnist`], `Digits` | `embedded-data`, on by default |
//! | files in the form of MNIST | [`MnistFolder`], [`idx`] | |
//! | rows of CSV or TSV files | [`Table`] | |
//! | rows of Parquet files | [`Table`] | `parquet` |
//! | PNG, JPEG, WebP or BMP images, a folder for each class | `ImageFolder`, `read_image` | `images` |
//! | WAV sounds, a folder for each class | `wav` | `wav` |
//! | texts: letters, lines with labels | [`text`] | |
//! | texts: tokens of published models | `text::Tokenizer` | `tokenizers` |
//! | NumPy's arrays | [`npy`] | |
//! | NumPy's archives of arrays | `npz` | `npz` |
//!
//! [`split`] divides samples of any kind: into parts, folds for cross-validation, and draws that even out classes.
//! [`Normaliser`] brings features to one scale; [`augment`] changes images at random.
//!
//! # Images in memory
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

pub mod augment;
mod batches;
#[cfg(any(feature = "images", feature = "wav"))]
#[cfg_attr(not(all(feature = "cli", feature = "wav")), allow(dead_code))]
// programs name classes, sounds are measured
pub(crate) mod class_folder;
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
#[cfg(feature = "npz")]
pub mod npz;
mod rows;
mod sample;
pub mod split;
pub mod table;
pub mod text;
#[cfg(feature = "wav")]
pub mod wav;

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
pub use rows::{Rows, TensorDataset, Tensors};
pub use sample::{Field, Sample};
pub use table::{Encoding, Feature, Featured, Fill, Normaliser, Table, TableData, TableLabel};

/// The batches that a data set makes.
pub type SampleBatch<D> = <<D as Dataset>::Sample as Sample>::Batch;
