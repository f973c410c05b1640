//! Margins between all right classes of a sample and all others.

use super::super::Float;
use super::nll_loss::{Label, class_of};
use crate::Error;
use crate::parallel::{for_each_piece, num_parts};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Ends the labels of a sample.
const END: i64 = -1;

/// The labels up to the first -1.
fn used<L: Label>(labels: &[L]) -> &[L] {
    let end = labels.iter().position(|label| label.to_i64() == END);
    &labels[..end.unwrap_or(labels.len())]
}

/// What the score of each right class lacks to be 1 above that of class `other`; nothing if `other` is right itself.
fn missing<'a, L: Label>(
    scores: &'a [Float],
    right: &'a [L],
    other: usize,
) -> impl Iterator<Item = (usize, Float)> + 'a {
    let is_right = right.iter().any(|label| label.to_i64() == other as i64);
    let compared = if is_right { 0 } else { right.len() };
    right[..compared]
        .iter()
        .filter_map(|&label| class_of(label, scores.len()))
        .map(move |class| (class, 1.0 - scores[class] + scores[other]))
        .filter(|&(_, missing)| missing > 0.0)
}

/// `output[n] = Σ_{y right} Σ_{c not right} max(0, 1 - scores[n, y] + scores[n, c]) / classes`, where the right classes
/// are `labels[n, ..]` up to the first -1.
///
/// # Shapes
/// - `output`: `[n]`; overwritten
/// - `scores`: `[n, classes]`, `labels`: `[n, num_labels]`, contiguous
///
/// # Errors
/// [`Error::LabelOutOfRange`] for the first label in use that is no class; `output` is NaN there.
///
/// # Numerics
/// Sums in the computing type, first over the labels, then over the classes.
///
/// # Panics
/// When a length is not the product of the sizes.
pub fn multilabel_margin_loss<L: Label>(
    output: &mut [Float],
    scores: &[Float],
    labels: &[L],
    classes: usize,
    num_labels: usize,
) -> Result<(), Error> {
    let rows = output.len();
    assert_eq!(scores.len(), rows * classes, "elements of the scores");
    assert_eq!(labels.len(), rows * num_labels, "number of labels");
    let first_bad = AtomicUsize::new(usize::MAX);
    let parts = num_parts(rows, scores.len() * num_labels);
    for_each_piece(output, 1, rows, parts, &|part, output| {
        for (row, out) in (rows * part / parts..).zip(output) {
            let scores = &scores[row * classes..][..classes];
            let right = used(&labels[row * num_labels..][..num_labels]);
            if let Some(at) = right.iter().position(|&label| class_of(label, classes).is_none()) {
                first_bad.fetch_min(row * num_labels + at, Ordering::Relaxed);
                *out = Float::NAN;
                continue;
            }
            let of_class = |other| missing(scores, right, other).map(|(_, missing)| missing).sum::<Float>();
            *out = (0..classes).map(of_class).sum::<Float>() / classes as Float;
        }
    });
    let position = first_bad.into_inner();
    match labels.get(position) {
        Some(label) => Err(Error::LabelOutOfRange { position, label: label.to_i64(), classes }),
        None => Ok(()),
    }
}

/// `grad_scores[n, c] = grad_output[n] / classes` times the number of right classes less than 1 above `c`, or minus the
/// number of others that a right class `c` is less than 1 above.
///
/// Labels were checked by [`multilabel_margin_loss`]; one out of range is left out.
///
/// # Shapes
/// - `grad_scores`, `scores`: `[n, classes]`, contiguous; `grad_scores` is overwritten
/// - `grad_output`: `[n]`, `labels`: `[n, num_labels]`, contiguous
///
/// # Panics
/// When a length is not the product of the sizes.
pub fn multilabel_margin_loss_grad<L: Label>(
    grad_scores: &mut [Float],
    grad_output: &[Float],
    scores: &[Float],
    labels: &[L],
    classes: usize,
    num_labels: usize,
) {
    let rows = grad_output.len();
    assert_eq!(grad_scores.len(), rows * classes, "elements of the gradient of the scores");
    assert_eq!(scores.len(), rows * classes, "elements of the scores");
    assert_eq!(labels.len(), rows * num_labels, "number of labels");
    if grad_scores.is_empty() {
        return;
    }
    let parts = num_parts(rows, scores.len() * num_labels);
    for_each_piece(grad_scores, classes, rows, parts, &|part, grad_scores| {
        for (row, grad) in (rows * part / parts..).zip(grad_scores.chunks_exact_mut(classes)) {
            let scores = &scores[row * classes..][..classes];
            let right = used(&labels[row * num_labels..][..num_labels]);
            let step = grad_output[row] / classes as Float;
            grad.fill(0.0);
            for other in 0..classes {
                for (class, _) in missing(scores, right, other) {
                    grad[class] -= step;
                    grad[other] += step;
                }
            }
        }
    });
}

/// The plain form of [`multilabel_margin_loss`], for labels in range.
pub fn multilabel_margin_loss_ref<L: Label>(
    output: &mut [Float],
    scores: &[Float],
    labels: &[L],
    classes: usize,
    num_labels: usize,
) {
    for (row, out) in output.iter_mut().enumerate() {
        let labels = labels[row * num_labels..][..num_labels].iter().map(|label| label.to_i64());
        let right: Vec<usize> = labels.take_while(|&label| label >= 0).map(|label| label as usize).collect();
        let score = |class: usize| f64::from(scores[row * classes + class]);
        let mut sum = 0.0;
        for &class in &right {
            for other in (0..classes).filter(|other| !right.contains(other)) {
                sum += (1.0 - score(class) + score(other)).max(0.0);
            }
        }
        *out = (sum / classes as f64) as Float;
    }
}

/// The plain form of [`multilabel_margin_loss_grad`], for labels in range.
pub fn multilabel_margin_loss_grad_ref<L: Label>(
    grad_scores: &mut [Float],
    grad_output: &[Float],
    scores: &[Float],
    labels: &[L],
    classes: usize,
    num_labels: usize,
) {
    grad_scores.fill(0.0);
    for (row, &grad_output) in grad_output.iter().enumerate() {
        let labels = labels[row * num_labels..][..num_labels].iter().map(|label| label.to_i64());
        let right: Vec<usize> = labels.take_while(|&label| label >= 0).map(|label| label as usize).collect();
        let at = |class: usize| row * classes + class;
        for &class in &right {
            for other in (0..classes).filter(|other| !right.contains(other)) {
                if 1.0 - scores[at(class)] + scores[at(other)] > 0.0 {
                    grad_scores[at(class)] -= grad_output / classes as Float;
                    grad_scores[at(other)] += grad_output / classes as Float;
                }
            }
        }
    }
}
