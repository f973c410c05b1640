//! Softmax along one axis.

use super::super::Float;
use super::log_softmax::{backward, forward};

/// `output[o, j, i] = exp(input[o, j, i]) / (sum over j of exp(input[o, j, i]))`.
///
/// # Shapes
/// - `output`, `input`: `[outer, axis_len, inner]`, contiguous; `output` is overwritten
///
/// # Panics
/// When a length is not the product of the sizes.
///
/// # Numerics
/// The maximum is subtracted first. Sums in the computing type as in [`log_softmax`](super::log_softmax::log_softmax).
/// Where all inputs of a row are `-inf`, or one is `inf` or NaN, the outputs are NaN, as in PyTorch.
pub fn softmax(output: &mut [Float], input: &[Float], outer: usize, axis_len: usize, inner: usize) {
    forward::<false>(output, input, outer, axis_len, inner);
}

/// `grad_input = output * (grad_output - (sum over the axis of grad_output * output))`.
///
/// # Shapes
/// - `grad_input`, `grad_output`, `output`: `[outer, axis_len, inner]`, contiguous; `grad_input` is overwritten
///
/// # Panics
/// When a length is not the product of the sizes.
///
/// # Numerics
/// Sums in the computing type as in [`log_softmax`](super::log_softmax::log_softmax).
pub fn softmax_grad(
    grad_input: &mut [Float],
    grad_output: &[Float],
    output: &[Float],
    outer: usize,
    axis_len: usize,
    inner: usize,
) {
    backward::<false>(grad_input, grad_output, output, outer, axis_len, inner);
}

/// The plain form of [`softmax`], computed in f64.
pub fn softmax_ref(output: &mut [Float], input: &[Float], outer: usize, axis_len: usize, inner: usize) {
    for (o, i) in (0..outer).flat_map(|o| (0..inner).map(move |i| (o, i))) {
        let at = |j: usize| (o * axis_len + j) * inner + i;
        let max = (0..axis_len).map(|j| f64::from(input[at(j)])).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = (0..axis_len).map(|j| (f64::from(input[at(j)]) - max).exp()).sum();
        for j in 0..axis_len {
            output[at(j)] = ((f64::from(input[at(j)]) - max).exp() / sum) as Float;
        }
    }
}

/// The plain form of [`softmax_grad`], computed in f64.
pub fn softmax_grad_ref(
    grad_input: &mut [Float],
    grad_output: &[Float],
    output: &[Float],
    outer: usize,
    axis_len: usize,
    inner: usize,
) {
    for (o, i) in (0..outer).flat_map(|o| (0..inner).map(move |i| (o, i))) {
        let at = |j: usize| (o * axis_len + j) * inner + i;
        let product = |j: usize| f64::from(grad_output[at(j)]) * f64::from(output[at(j)]);
        let sum: f64 = (0..axis_len).map(product).sum();
        for j in 0..axis_len {
            grad_input[at(j)] = (f64::from(output[at(j)]) * (f64::from(grad_output[at(j)]) - sum)) as Float;
        }
    }
}
