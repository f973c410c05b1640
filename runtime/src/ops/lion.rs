//! The update of Lion.

use super::super::Float;
use super::update::{UpdateRule, update};
use crate::isa::Isa;

/// What [`lion`] applies to every element.
#[derive(Clone, Copy, Debug)]
pub struct LionOptions {
    /// Learning rate: how far every parameter moves.
    pub lr: Float,
    /// 1 to go against the gradient, -1 to go along it.
    pub sign: Float,
    /// `1 - beta1`, of the mean whose sign is the step.
    pub one_minus_beta1: Float,
    /// `1 - beta2`, of the mean that is kept.
    pub one_minus_beta2: Float,
    /// Factor on the parameter before the step, `1 - lr weight_decay`.
    pub shrink: Float,
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
pub fn lion(options: &LionOptions, param: &mut [Float], mean: &mut [Float], grad: &[Float]) {
    update(options, [param, mean], grad);
}

impl UpdateRule<2> for LionOptions {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, mean]: [Float; 2], grad: Float) -> [Float; 2] {
        let grad = self.sign * grad;
        let blend = S::mul_add(self.one_minus_beta1, grad - mean, mean);
        // A NaN is neither: it takes the place of its sign, and so reaches the parameter.
        let not_negative = if blend > 0.0 { 1.0 } else { blend };
        let direction = if blend < 0.0 { -1.0 } else { not_negative };
        let mean = S::mul_add(self.one_minus_beta2, grad - mean, mean);
        [S::mul_add(self.shrink, param, -(self.lr * direction)), mean]
    }
}
