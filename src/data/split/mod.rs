//! How samples are divided: parts, folds for cross-validation, weights of classes and draws by weight.
//!
//! Everything here is about indices, so it serves every data set: [`ImageDataset::select`](super::ImageDataset::select)
//! and [`batch`](super::ImageDataset::batch) take them. What is random depends on a seed alone.
//!
//! ```
//! use macrograd::data::split;
//!
//! let labels = [0_u8, 0, 0, 0, 1, 1, 1, 1];
//! let parts = split::stratified_split(&labels, &[0.5, 0.5], /* seed */ 7)?;
//! assert_eq!(parts[0].iter().filter(|&&index| labels[index] == 1).count(), 2);
//!
//! for fold in split::k_fold(labels.len(), 4, /* seed */ 7)? {
//!     assert_eq!((fold.train.len(), fold.test.len()), (6, 2));
//! }
//! # Ok::<(), macrograd::data::split::SplitError>(())
//! ```
//!
//! | what is wanted | function |
//! | --- | --- |
//! | parts of given sizes | [`random_split`], [`stratified_split`] |
//! | each sample tested once | [`k_fold`], [`stratified_k_fold`], [`group_k_fold`] |
//! | rare classes that count as much as frequent ones | [`class_weights`], [`sample_weights`] |
//! | rare classes that are seen as often as frequent ones | [`WeightedSampler::balanced`] |
//! | samples seen as often as given weights say | [`WeightedSampler`] |
//!
//! Classes and groups are compared, never counted from 0, where a function takes any ordered type: whole numbers, texts
//! and characters alike.

mod folds;
mod parts;
mod sampler;
mod weights;

use std::collections::BTreeMap;

pub use folds::{Fold, group_k_fold, k_fold, stratified_k_fold};
pub use parts::{random_split, stratified_split};
pub use sampler::{Draws, WeightedSampler};
pub use weights::{class_weights, sample_weights};

/// Why samples cannot be divided or drawn.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// A class does not reach every part.
    #[error(
        "class {class} has {count} samples, too few for {parts} parts with one sample of it each; take fewer parts, add \
         samples, or leave the class out or join it with another"
    )]
    ClassTooSmall {
        /// The class.
        class: String,
        /// How many samples it has.
        count: usize,
        /// How many parts or folds were asked for.
        parts: usize,
    },
    /// A fold would have nothing to be tested by.
    #[error("{len} samples are too few for {k} folds; take at most as many folds as there are samples")]
    TooFewSamples {
        /// How many there are.
        len: usize,
        /// Folds asked for.
        k: usize,
    },
    /// A group cannot be in two folds.
    #[error(
        "{groups} groups are too few for {k} folds, as no group is divided; take at most as many folds as there are groups"
    )]
    TooFewGroups {
        /// How many there are.
        groups: usize,
        /// Folds asked for.
        k: usize,
    },
    /// A weight that is no chance.
    #[error("the weight at position {position} is {weight}; weights are finite and not negative")]
    BadWeight {
        /// Index into the weights.
        position: usize,
        /// The weight.
        weight: f64,
    },
    /// There is nothing to draw, or chances cannot be told.
    #[error(
        "the {len} weights add up to {sum}, but draws need a positive and finite sum; give a sample some weight"
    )]
    BadSum {
        /// How many weights there are.
        len: usize,
        /// What they add up to.
        sum: f64,
    },
}

/// Apart from the streams of initial values and of shuffled batches, which may have the same seed.
const SPLIT_STREAM: u64 = 0x5350_4c49_5430_3031;

/// Indices of the samples of each class, ascending; classes in the order in which they first appear.
fn indices_by_class<L: Ord>(labels: &[L]) -> Vec<(&L, Vec<usize>)> {
    let mut position_by_class = BTreeMap::new();
    let mut classes: Vec<(&L, Vec<usize>)> = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        let position = *position_by_class.entry(label).or_insert_with(|| {
            classes.push((label, Vec::new()));
            classes.len() - 1
        });
        classes[position].1.push(index);
    }
    classes
}

/// [`SplitError::ClassTooSmall`] for the first class with fewer than `parts` samples.
fn check_class_sizes<L: std::fmt::Display>(
    classes: &[(&L, Vec<usize>)],
    parts: usize,
) -> Result<(), SplitError> {
    match classes.iter().find(|(_, indices)| indices.len() < parts) {
        Some((class, indices)) => {
            Err(SplitError::ClassTooSmall { class: class.to_string(), count: indices.len(), parts })
        }
        None => Ok(()),
    }
}
