//! The update of Lion.

use super::update::{UpdateRule, update};
use crate::isa::Isa;

/// What [`lion`] applies to every element.
#[derive(Clone, Copy, Debug)]
pub struct LionOptions {
    /// Learning rate: how far every parameter moves.
    pub lr: f32,
    /// 1 to go against the gradient, -1 to go along it.
    pub sign: f32,
    /// `1 - beta1`, of the mean whose sign is the step.
    pub one_minus_beta1: f32,
    /// `1 - beta2`, of the mean that is kept.
    pub one_minus_beta2: f32,
    /// Factor on the parameter before the step, `1 - lr weight_decay`.
    pub shrink: f32,
}

/// One step, where `g = sign grad`: `param <- shrink param - lr sgn(mean + (1 - beta1) (g - mean))`,
/// `mean <- mean + (1 - beta2) (g - mean)`. The sign of zero is zero.
///
/// # Shapes
/// - `param`, `mean`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
///
/// # Source
/// X. Chen et al., "Symbolic discovery of optimization algorithms", 2023, algorithm 2.
pub fn lion(options: &LionOptions, param: &mut [f32], mean: &mut [f32], grad: &[f32]) {
    update(options, [param, mean], grad);
}

impl UpdateRule<2> for LionOptions {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, mean]: [f32; 2], grad: f32) -> [f32; 2] {
        let grad = self.sign * grad;
        let blend = S::mul_add(self.one_minus_beta1, grad - mean, mean);
        // A NaN is neither: it takes the place of its sign, and so reaches the parameter.
        let not_negative = if blend > 0.0 { 1.0 } else { blend };
        let direction = if blend < 0.0 { -1.0 } else { not_negative };
        let mean = S::mul_add(self.one_minus_beta2, grad - mean, mean);
        [S::mul_add(self.shrink, param, -(self.lr * direction)), mean]
    }
}
