//! The update of schedule-free AdamW.

use super::super::Float;
use super::update::{UpdateRule, update};
use crate::isa::Isa;

/// What [`schedule_free`] applies to every element. Factors are worked out by the caller, in f64.
#[derive(Clone, Copy, Debug)]
pub struct ScheduleFreeOptions {
    /// Learning rate of this step.
    pub lr: Float,
    /// 1 to go against the gradient, -1 to go along it.
    pub sign: Float,
    /// Decay of the mean square.
    pub beta2: Float,
    /// `1 - beta2`.
    pub one_minus_beta2: Float,
    /// `1 / sqrt(1 - beta2^step)`.
    pub root_factor: Float,
    /// Keeps the denominator away from zero.
    pub eps: Float,
    /// Factor of the parameter that is added to the normalised gradient.
    pub weight_decay: Float,
    /// Weight `c` of this step in the average.
    pub weight: Float,
    /// `lr (1 - beta1 (1 - c))`: how far the parameter itself moves along the normalised gradient.
    pub param_lr: Float,
}

/// One step on `param`, the point `y` at which gradients are taken, and `base`, the sequence `z`:
/// `square <- beta2 square + (1 - beta2) g^2`, `d = g / (root_factor sqrt(square) + eps) + weight_decay param`,
/// `param <- param + c (base - param) - param_lr d`, `base <- base - lr d`, where `g = sign grad`.
///
/// # Shapes
/// - `param`, `base`, `square`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
///
/// # Source
/// A. Defazio et al., "The road less scheduled", 2024, algorithm 1, in the form of the authors' `AdamWScheduleFree`,
/// which keeps `y` and `z` and never the average `x`.
pub fn schedule_free(
    options: &ScheduleFreeOptions,
    param: &mut [Float],
    base: &mut [Float],
    square: &mut [Float],
    grad: &[Float],
) {
    update(options, [param, base, square], grad);
}

impl UpdateRule<3> for ScheduleFreeOptions {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, base, square]: [Float; 3], grad: Float) -> [Float; 3] {
        let grad = self.sign * grad;
        let square = S::mul_add(self.one_minus_beta2 * grad, grad, self.beta2 * square);
        let normalised = grad / S::mul_add(square.sqrt(), self.root_factor, self.eps);
        let step = S::mul_add(self.weight_decay, param, normalised);
        let averaged = S::mul_add(self.weight, base - param, param);
        [averaged - self.param_lr * step, base - self.lr * step, square]
    }
}
