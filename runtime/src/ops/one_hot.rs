//! Labels as rows with a single one.

use super::super::Float;
use super::nll_loss::{Label, class_of};
use crate::Error;
use crate::parallel::{for_each_piece, num_parts};
use std::sync::atomic::{AtomicUsize, Ordering};

/// `output[n, c] = 1` where `c` is `labels[n]`, else 0.
///
/// # Shapes
/// - `output`: `[labels.len(), classes]`, contiguous; overwritten
///
/// # Errors
/// [`Error::LabelOutOfRange`] for the first label that is negative or not below `classes`; its row is zero.
///
/// # Panics
/// When the length of `output` is not the product of the sizes.
pub fn one_hot<L: Label>(output: &mut [Float], labels: &[L], classes: usize) -> Result<(), Error> {
    assert_eq!(output.len(), labels.len() * classes, "elements of the output of one_hot");
    let first_bad = AtomicUsize::new(usize::MAX);
    let rows = labels.len();
    let parts = num_parts(rows, output.len());
    for_each_piece(output, classes, rows, parts, &|part, output| {
        let first = rows * part / parts;
        output.fill(0.0);
        for (index, row) in output.chunks_exact_mut(classes).enumerate() {
            match class_of(labels[first + index], classes) {
                Some(class) => row[class] = 1.0,
                None => {
                    first_bad.fetch_min(first + index, Ordering::Relaxed);
                }
            }
        }
    });
    let position = first_bad.into_inner();
    match labels.get(position) {
        Some(label) => Err(Error::LabelOutOfRange { position, label: label.to_i64(), classes }),
        None => Ok(()),
    }
}

/// The plain form of [`one_hot()`], for labels in range.
pub fn one_hot_ref<L: Label>(output: &mut [Float], labels: &[L], classes: usize) {
    output.fill(0.0);
    for (row, label) in labels.iter().enumerate() {
        output[row * classes + label.to_i64() as usize] = 1.0;
    }
}
