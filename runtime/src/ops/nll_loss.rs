//! Negative log-likelihood of labels.

use super::super::Float;
use crate::Error;
use crate::parallel::{for_each_piece, num_parts};
use std::sync::atomic::{AtomicUsize, Ordering};

/// An integer type of class labels.
pub trait Label: Copy + Send + Sync {
    /// The label; what exceeds `i64` becomes its largest number, which no class has.
    fn to_i64(self) -> i64;
}

macro_rules! label {
    ($($integer:ty),*) => {
        $(impl Label for $integer {
            #[inline(always)]
            fn to_i64(self) -> i64 {
                i64::try_from(self).unwrap_or(i64::MAX)
            }
        })*
    };
}
label!(u8, u16, u32, u64, usize, i8, i16, i32, i64);

/// The class of a label, if it is below `classes`.
#[inline(always)]
pub(super) fn class_of<L: Label>(label: L, classes: usize) -> Option<usize> {
    usize::try_from(label.to_i64()).ok().filter(|&class| class < classes)
}

/// `output[o, i] = -log_probs[o, labels[o, i], i]`, and 0 where the label is `ignored`.
///
/// # Shapes
/// - `output`, `labels`: `[outer, inner]`, contiguous; `output` is overwritten
/// - `log_probs`: `[outer, classes, inner]`, contiguous
///
/// # Errors
/// [`Error::LabelOutOfRange`] for the first label that is negative or not below `classes`; `output` is NaN there.
///
/// # Panics
/// When a length is not the product of the sizes.
pub fn nll_loss<L: Label>(
    output: &mut [Float],
    log_probs: &[Float],
    labels: &[L],
    ignored: Option<i64>,
    outer: usize,
    classes: usize,
    inner: usize,
) -> Result<(), Error> {
    assert_eq!(log_probs.len(), outer * classes * inner, "elements of the log-probabilities");
    assert_eq!(labels.len(), outer * inner, "number of labels");
    assert_eq!(output.len(), outer * inner, "elements of the loss");
    let first_bad = AtomicUsize::new(usize::MAX);
    let parts = num_parts(outer, output.len());
    for_each_piece(output, inner, outer, parts, &|part, output| {
        let start = outer * part / parts * inner;
        for (index, out) in output.iter_mut().enumerate() {
            let position = start + index;
            let label = labels[position];
            *out = match class_of(label, classes) {
                _ if ignored == Some(label.to_i64()) => 0.0,
                Some(class) => -log_probs[(position / inner * classes + class) * inner + position % inner],
                None => {
                    first_bad.fetch_min(position, Ordering::Relaxed);
                    Float::NAN
                }
            };
        }
    });
    let position = first_bad.into_inner();
    match labels.get(position) {
        Some(label) => Err(Error::LabelOutOfRange { position, label: label.to_i64(), classes }),
        None => Ok(()),
    }
}

/// `grad_log_probs[o, c, i] = -grad_output[o, i]` where `c` is `labels[o, i]` and not `ignored`, else 0.
///
/// Labels were checked by [`nll_loss`]; one out of range selects no element.
///
/// # Shapes
/// - `grad_log_probs`: `[outer, classes, inner]`, contiguous; overwritten
/// - `grad_output`, `labels`: `[outer, inner]`, contiguous
///
/// # Panics
/// When a length is not the product of the sizes.
pub fn nll_loss_grad<L: Label>(
    grad_log_probs: &mut [Float],
    grad_output: &[Float],
    labels: &[L],
    ignored: Option<i64>,
    outer: usize,
    classes: usize,
    inner: usize,
) {
    assert_eq!(
        grad_log_probs.len(),
        outer * classes * inner,
        "elements of the gradient of log-probabilities"
    );
    assert_eq!(labels.len(), outer * inner, "number of labels");
    assert_eq!(grad_output.len(), outer * inner, "elements of the gradient of the loss");
    if grad_log_probs.is_empty() {
        return;
    }
    let row = classes * inner;
    let parts = num_parts(outer, grad_log_probs.len());
    for_each_piece(grad_log_probs, row, outer, parts, &|part, grad| {
        let first = outer * part / parts;
        grad.fill(0.0);
        for (index, grad) in grad.chunks_exact_mut(row).enumerate() {
            let positions = (first + index) * inner..(first + index + 1) * inner;
            for (i, (&label, &grad_output)) in
                labels[positions.clone()].iter().zip(&grad_output[positions]).enumerate()
            {
                let counts = ignored != Some(label.to_i64());
                if let Some(class) = class_of(label, classes).filter(|_| counts) {
                    grad[class * inner + i] = -grad_output;
                }
            }
        }
    });
}

/// The plain form of [`nll_loss`], for labels in range.
pub fn nll_loss_ref<L: Label>(
    output: &mut [Float],
    log_probs: &[Float],
    labels: &[L],
    classes: usize,
    inner: usize,
) {
    for (position, label) in labels.iter().enumerate() {
        let (o, i) = (position / inner, position % inner);
        output[position] = -log_probs[(o * classes + label.to_i64() as usize) * inner + i];
    }
}

/// The plain form of [`nll_loss_grad`], for labels in range.
pub fn nll_loss_grad_ref<L: Label>(
    grad_log_probs: &mut [Float],
    grad_output: &[Float],
    labels: &[L],
    classes: usize,
    inner: usize,
) {
    grad_log_probs.fill(0.0);
    for (position, label) in labels.iter().enumerate() {
        let (o, i) = (position / inner, position % inner);
        grad_log_probs[(o * classes + label.to_i64() as usize) * inner + i] = -grad_output[position];
    }
}
