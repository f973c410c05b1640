//! Weights of labels.

use super::super::Float;
use super::nll_loss::{Label, class_of};
use crate::parallel::{for_each_piece, num_parts};

/// `output[i] = weight[labels[i]]`, or 1 without weights; 0 where the label is `ignored`.
///
/// Labels were checked by [`nll_loss`](super::nll_loss::nll_loss); one out of range weighs nothing.
///
/// # Shapes
/// - `output`, `labels`: any, of equal length; `output` is overwritten
/// - `weight`: one element per class
///
/// # Panics
/// When the lengths differ.
pub fn class_weight<L: Label>(
    output: &mut [Float],
    labels: &[L],
    weight: Option<&[Float]>,
    ignored: Option<i64>,
) {
    assert_eq!(output.len(), labels.len(), "number of labels");
    let (len, parts) = (output.len(), num_parts(output.len(), output.len()));
    for_each_piece(output, 1, len, parts, &|part, output| {
        let start = len * part / parts;
        for (out, &label) in output.iter_mut().zip(&labels[start..]) {
            *out = match weight {
                _ if ignored == Some(label.to_i64()) => 0.0,
                Some(weight) => class_of(label, weight.len()).map_or(0.0, |class| weight[class]),
                None => 1.0,
            };
        }
    });
}

/// The plain form of [`class_weight`], for labels in range.
pub fn class_weight_ref<L: Label>(
    output: &mut [Float],
    labels: &[L],
    weight: Option<&[Float]>,
    ignored: Option<i64>,
) {
    for (out, label) in output.iter_mut().zip(labels) {
        let label = label.to_i64();
        let weight = weight.map(|weight| weight[label.rem_euclid(weight.len() as i64) as usize]);
        *out = if ignored == Some(label) { 0.0 } else { weight.unwrap_or(1.0) };
    }
}
