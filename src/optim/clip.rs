//! Gradient clipping.

use macrograd_runtime::float::Float;
use macrograd_runtime::parallel::{enter, num_parts};

use super::float::{clamp, largest_magnitude, scale, sum_of_squares};
use crate::ModelGrads;

/// Scales all gradients together so that their Euclidean norm is at most `max_norm`, and returns the norm they had:
/// `g <- g max_norm / (norm + 1e-6)` when that shortens them.
///
/// A norm that is infinite or NaN is returned and the gradients stay as they are: no factor would mend them, and the
/// caller can skip the step. An infinite `max_norm` only measures.
///
/// # Panics
/// When `max_norm` is negative or NaN.
///
/// # Numerics
/// The norm is summed in f64 in an order that depends on the number of parameters alone, so it has the same bits for
/// any number of threads.
///
/// # Source
/// R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", 2013, algorithm 1; the
/// same factor as PyTorch's `clip_grad_norm_`.
#[track_caller]
pub fn clip_grad_norm<G: ModelGrads>(grads: &mut G, max_norm: impl Into<f64>) -> G::Float {
    clip(grads, max_norm.into(), |values| sum_of_squares(values).sqrt())
}

/// As [`clip_grad_norm`] with the largest magnitude of all gradients as their norm (`norm_type=inf` in PyTorch).
///
/// # Panics
/// When `max_norm` is negative or NaN.
#[track_caller]
pub fn clip_grad_norm_inf<G: ModelGrads>(grads: &mut G, max_norm: impl Into<f64>) -> G::Float {
    clip(grads, max_norm.into(), largest_magnitude)
}

/// Scales gradients so that a norm of them is at most `max_norm`.
#[track_caller]
fn clip<G: ModelGrads>(grads: &mut G, max_norm: f64, norm_of: fn(&[G::Float]) -> f64) -> G::Float {
    assert!(max_norm >= 0.0, "`max_norm` is {max_norm}, but must be at least 0");
    entered(grads.gradients_mut().values_mut(), |values| {
        let exact = norm_of(values);
        let (norm, factor) = (G::Float::from_f64(exact), max_norm / (exact + 1e-6));
        if norm.into().is_finite() && factor < 1.0 {
            scale(values, factor);
        }
        norm
    })
}

/// Puts every gradient between `-max_value` and `max_value`; NaN stays NaN.
///
/// # Panics
/// When `max_value` is negative or NaN.
#[track_caller]
pub fn clip_grad_value<G: ModelGrads>(grads: &mut G, max_value: impl Into<f64>) {
    let max_value = max_value.into();
    assert!(max_value >= 0.0, "`max_value` is {max_value}, but must be at least 0");
    entered(grads.gradients_mut().values_mut(), |values| clamp(values, max_value));
}

/// Runs `work` inside the pool when it is worth sharing.
fn entered<F: Float, R: Send>(values: &mut [F], work: impl FnOnce(&mut [F]) -> R + Send) -> R {
    if num_parts(values.len(), values.len()) > 1 { enter(|| work(values)) } else { work(values) }
}
