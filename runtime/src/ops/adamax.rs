//! The update of Adamax.

use super::super::Float;
use super::super::math;
use super::update::{UpdateRule, update};
use crate::isa::Isa;

/// What [`adamax`] applies to every element.
#[derive(Clone, Copy, Debug)]
pub struct AdamaxOptions {
    /// `lr / (1 - beta1^step)`.
    pub step_size: Float,
    /// 1 to go against the gradient, -1 to go along it.
    pub sign: Float,
    /// Factor of the parameter that is added to its gradient.
    pub weight_decay: Float,
    /// `1 - beta1`.
    pub one_minus_beta1: Float,
    /// Decay of the largest magnitude.
    pub beta2: Float,
    /// Keeps the denominator away from zero.
    pub eps: Float,
}

/// One step, where `g = sign grad + weight_decay param`: `mean <- mean + (1 - beta1) (g - mean)`,
/// `largest <- max(beta2 largest, |g| + eps)`, `param <- param - step_size mean / largest`.
///
/// # Shapes
/// - `param`, `mean`, `largest`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
///
/// # Source
/// D. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 2, with `eps` as in PyTorch.
pub fn adamax(
    options: &AdamaxOptions,
    param: &mut [Float],
    mean: &mut [Float],
    largest: &mut [Float],
    grad: &[Float],
) {
    update(options, [param, mean, largest], grad);
}

impl UpdateRule<3> for AdamaxOptions {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, mean, largest]: [Float; 3], grad: Float) -> [Float; 3] {
        let grad = S::mul_add(self.weight_decay, param, self.sign * grad);
        let mean = S::mul_add(self.one_minus_beta1, grad - mean, mean);
        let largest = math::maximum::<S>(self.beta2 * largest, math::abs::<S>(grad) + self.eps);
        [param - self.step_size * (mean / largest), mean, largest]
    }
}
