//! Gradient clipping.

use super::support::*;
use macrograd::ModelGrads;
use macrograd::optim::{clip_grad_norm, clip_grad_norm_inf, clip_grad_value};

#[test]
fn clipping_by_norm_scales_all_gradients_together() {
    let mut grads = PlainGrads::zeros();
    grads.gradients_mut().values_mut()[0] = 3.0;
    grads.gradients_mut().values_mut()[40] = -4.0;
    assert_eq!(clip_grad_norm(&mut grads, 10.0), 5.0);
    assert_eq!(clip_grad_norm(&mut grads, f32::INFINITY), 5.0);
    assert_eq!((grads.0.values()[0], grads.0.values()[40]), (3.0, -4.0));

    assert_eq!(clip_grad_norm(&mut grads, 1.0), 5.0);
    // torch.nn.utils.clip_grad_norm_ multiplies by 1 / (5 + 1e-6).
    assert_eq!((grads.0.values()[0], grads.0.values()[40]), (3.0 * 0.19999996, -4.0 * 0.19999996));
    assert!((clip_grad_norm(&mut grads, 1.0) - 1.0).abs() < 1e-6);
}

#[test]
fn clipping_a_norm_that_is_not_finite_changes_nothing() {
    for bad in [f32::NAN, f32::INFINITY] {
        let mut grads = PlainGrads::zeros();
        grads.gradients_mut().values_mut()[..2].copy_from_slice(&[7.0, bad]);
        let norm = clip_grad_norm(&mut grads, 1.0);
        assert!(!norm.is_finite());
        assert_eq!(norm.is_nan(), bad.is_nan());
        assert_eq!(grads.0.values()[0], 7.0);
    }
}

#[test]
fn clipping_by_value_bounds_each_gradient() {
    let mut grads = PlainGrads::zeros();
    grads.gradients_mut().values_mut()[..3].copy_from_slice(&[3.0, -0.25, -9.0]);
    clip_grad_value(&mut grads, 0.5);
    assert_eq!(grads.0.values()[..3], [0.5, -0.25, -0.5]);
}

#[test]
fn zero_gradients_are_clipped_to_zero() {
    let mut grads = PlainGrads::zeros();
    assert_eq!(clip_grad_norm(&mut grads, 0.0), 0.0);
    assert!(grads.0.values().iter().all(|&value| value == 0.0));
}

#[test]
fn clipping_by_the_largest_gradient() {
    let mut grads = PlainGrads::zeros();
    grads.gradients_mut().values_mut()[0] = 3.0;
    grads.gradients_mut().values_mut()[40] = -4.0;
    assert_eq!(clip_grad_norm_inf(&mut grads, 4.5), 4.0);
    assert_eq!(grads.0.values()[40], -4.0);
    assert_eq!(clip_grad_norm_inf(&mut grads, 1.0), 4.0);
    // torch.nn.utils.clip_grad_norm_ with norm_type=inf multiplies by 1 / (4 + 1e-6).
    assert_eq!((grads.0.values()[0], grads.0.values()[40]), (3.0 * 0.24999994, -4.0 * 0.24999994));

    grads.gradients_mut().values_mut()[7] = f32::NAN;
    assert!(clip_grad_norm_inf(&mut grads, 0.5).is_nan());
}

#[test]
#[should_panic(expected = "`max_norm` is NaN, but must be at least 0")]
fn norms_are_numbers() {
    clip_grad_norm_inf(&mut PlainGrads::zeros(), f32::NAN);
}
