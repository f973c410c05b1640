//! The update of Adagrad.

use super::super::Float;
use super::update::{UpdateRule, update};
use crate::isa::Isa;

/// What [`adagrad`] applies to every element.
#[derive(Clone, Copy, Debug)]
pub struct AdagradOptions {
    /// Learning rate of this step.
    pub lr: Float,
    /// 1 to go against the gradient, -1 to go along it.
    pub sign: Float,
    /// Factor of the parameter that is added to its gradient.
    pub weight_decay: Float,
    /// Keeps the denominator away from zero.
    pub eps: Float,
}

/// One step of Adagrad, where `g = sign grad + weight_decay param`: `sum <- sum + g^2`,
/// `param <- param - lr g / (sqrt(sum) + eps)`.
///
/// # Shapes
/// - `param`, `sum`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
///
/// # Source
/// J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic optimization", 2011.
pub fn adagrad(options: &AdagradOptions, param: &mut [Float], sum: &mut [Float], grad: &[Float]) {
    update(options, [param, sum], grad);
}

impl UpdateRule<2> for AdagradOptions {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, sum]: [Float; 2], grad: Float) -> [Float; 2] {
        let grad = S::mul_add(self.weight_decay, param, self.sign * grad);
        let sum = S::mul_add(grad, grad, sum);
        [param - self.lr * (grad / (sum.sqrt() + self.eps)), sum]
    }
}
