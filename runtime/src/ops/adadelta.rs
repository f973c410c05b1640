//! The update of Adadelta.

use super::super::Float;
use super::update::{UpdateRule, update};
use crate::isa::Isa;

/// What [`adadelta`] applies to every element.
#[derive(Clone, Copy, Debug)]
pub struct AdadeltaOptions {
    /// Factor on the step.
    pub lr: Float,
    /// 1 to go against the gradient, -1 to go along it.
    pub sign: Float,
    /// Factor of the parameter that is added to its gradient.
    pub weight_decay: Float,
    /// Decay of both mean squares.
    pub rho: Float,
    /// `1 - rho`.
    pub one_minus_rho: Float,
    /// Added to the mean squares before their roots.
    pub eps: Float,
}

/// One step, where `g = sign grad + weight_decay param`: `square <- rho square + (1 - rho) g^2`,
/// `delta = sqrt(change + eps) / sqrt(square + eps) g`, `change <- rho change + (1 - rho) delta^2`,
/// `param <- param - lr delta`.
///
/// # Shapes
/// - `param`, `square`, `change`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
///
/// # Source
/// M. Zeiler, "ADADELTA: an adaptive learning rate method", 2012, algorithm 1.
pub fn adadelta(
    options: &AdadeltaOptions,
    param: &mut [Float],
    square: &mut [Float],
    change: &mut [Float],
    grad: &[Float],
) {
    update(options, [param, square, change], grad);
}

impl UpdateRule<3> for AdadeltaOptions {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, square, change]: [Float; 3], grad: Float) -> [Float; 3] {
        let grad = S::mul_add(self.weight_decay, param, self.sign * grad);
        let square = S::mul_add(self.one_minus_rho * grad, grad, self.rho * square);
        let delta = (change + self.eps).sqrt() / (square + self.eps).sqrt() * grad;
        let change = S::mul_add(self.one_minus_rho * delta, delta, self.rho * change);
        [param - self.lr * delta, square, change]
    }
}
