//! The update of LAMB: Adam's direction, scaled for each tensor by the ratio of its norm to that of the step.

use super::super::Float;
use super::sum::{Term, sum, sum_of_squares};
use super::update::{UpdateRule, update};
use crate::isa::Isa;

/// What [`lamb`] applies to one tensor. Bias corrections are worked out by the caller, in f64.
#[derive(Clone, Copy, Debug)]
pub struct LambOptions {
    /// Learning rate.
    pub lr: f64,
    /// 1 to go against the gradient, -1 to go along it.
    pub sign: Float,
    /// `1 - beta1`.
    pub one_minus_beta1: Float,
    /// Decay of the mean square.
    pub beta2: Float,
    /// `1 - beta2`.
    pub one_minus_beta2: Float,
    /// `1 / (1 - beta1^step)`.
    pub mean_factor: Float,
    /// `1 / sqrt(1 - beta2^step)`.
    pub root_factor: Float,
    /// Keeps the denominator away from zero.
    pub eps: Float,
    /// Factor of the parameter that is added to the direction.
    pub weight_decay: Float,
    /// Bounds on the norm of the tensor as it enters the ratio.
    pub norm_bounds: (f64, f64),
}

/// One step on a whole tensor, where `g = sign grad`: `mean <- mean + (1 - beta1) (g - mean)`,
/// `square <- beta2 square + (1 - beta2) g^2`,
/// `r = mean_factor mean / (root_factor sqrt(square) + eps) + weight_decay param`,
/// `param <- param - lr clamp(|param|, norm_bounds) / |r| r`. The ratio is 1 where either norm is zero.
///
/// # Shapes
/// - `param`, `mean`, `square`, `grad`: `[n]`, the elements of one tensor
///
/// # Panics
/// When the lengths differ.
///
/// # Numerics
/// Norms are summed in f64, in an order that depends on the length alone.
///
/// # Source
/// Y. You et al., "Large batch optimization for deep learning: training BERT in 76 minutes", 2020, algorithm 2.
pub fn lamb(
    options: &LambOptions,
    param: &mut [Float],
    mean: &mut [Float],
    square: &mut [Float],
    grad: &[Float],
) {
    update(&Moments(*options), [mean, square], grad);
    let norm = sum_of_squares(param).sqrt().clamp(options.norm_bounds.0, options.norm_bounds.1);
    let step_norm = sum(&SquaredDirection(*options), [param, mean, square]).sqrt();
    let ratio = if norm > 0.0 && step_norm > 0.0 { norm / step_norm } else { 1.0 };
    let rule = Step { options: *options, step_size: (options.lr * ratio) as Float };
    // The gradient is not needed again: what is read in its place takes no part.
    update(&rule, [param, mean, square], grad);
}

impl LambOptions {
    #[inline(always)]
    fn direction<S: Isa>(&self, param: Float, mean: Float, square: Float) -> Float {
        let denominator = S::mul_add(square.sqrt(), self.root_factor, self.eps);
        S::mul_add(self.weight_decay, param, self.mean_factor * mean / denominator)
    }
}

#[derive(Clone, Copy)]
struct Moments(LambOptions);

impl UpdateRule<2> for Moments {
    #[inline(always)]
    fn element<S: Isa>(&self, [mean, square]: [Float; 2], grad: Float) -> [Float; 2] {
        let grad = self.0.sign * grad;
        let mean = S::mul_add(self.0.one_minus_beta1, grad - mean, mean);
        [mean, S::mul_add(self.0.one_minus_beta2 * grad, grad, self.0.beta2 * square)]
    }
}

#[derive(Clone, Copy)]
struct SquaredDirection(LambOptions);

impl Term<3> for SquaredDirection {
    #[inline(always)]
    fn of<S: Isa>(&self, [param, mean, square]: [Float; 3]) -> f64 {
        let direction = f64::from(self.0.direction::<S>(param, mean, square));
        direction * direction
    }
}

#[derive(Clone, Copy)]
struct Step {
    options: LambOptions,
    step_size: Float,
}

impl UpdateRule<3> for Step {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, mean, square]: [Float; 3], _grad: Float) -> [Float; 3] {
        [param - self.step_size * self.options.direction::<S>(param, mean, square), mean, square]
    }
}
