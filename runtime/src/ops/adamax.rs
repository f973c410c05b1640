//! The update of Adamax.

use super::update::{UpdateRule, update};
use crate::isa::Isa;
use crate::math;

/// What [`adamax`] applies to every element.
#[derive(Clone, Copy, Debug)]
pub struct AdamaxOptions {
    /// `lr / (1 - beta1^step)`.
    pub step_size: f32,
    /// 1 to go against the gradient, -1 to go along it.
    pub sign: f32,
    /// Factor of the parameter that is added to its gradient.
    pub weight_decay: f32,
    /// `1 - beta1`.
    pub one_minus_beta1: f32,
    /// Decay of the largest magnitude.
    pub beta2: f32,
    /// Keeps the denominator away from zero.
    pub eps: f32,
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
    param: &mut [f32],
    mean: &mut [f32],
    largest: &mut [f32],
    grad: &[f32],
) {
    update(options, [param, mean, largest], grad);
}

impl UpdateRule<3> for AdamaxOptions {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, mean, largest]: [f32; 3], grad: f32) -> [f32; 3] {
        let grad = S::mul_add(self.weight_decay, param, self.sign * grad);
        let mean = S::mul_add(self.one_minus_beta1, grad - mean, mean);
        let largest = math::maximum::<S>(self.beta2 * largest, math::abs::<S>(grad) + self.eps);
        [param - self.step_size * (mean / largest), mean, largest]
    }
}
