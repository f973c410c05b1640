//! The update of stochastic gradient descent.

use super::super::Float;
use super::update::{UpdateRule, update};
use crate::isa::Isa;

/// What [`sgd`] and [`sgd_momentum`] apply to every element.
#[derive(Clone, Copy, Debug)]
pub struct SgdOptions {
    /// Learning rate.
    pub lr: Float,
    /// 1 to go against the gradient, -1 to go along it.
    pub sign: Float,
    /// Factor of the parameter that is added to its gradient.
    pub weight_decay: Float,
    /// Factor on the velocity; unused by [`sgd`].
    pub momentum: Float,
    /// Factor on the gradient as it enters the velocity, one minus the dampening; unused by [`sgd`].
    pub gradient_factor: Float,
    /// Whether the step looks ahead along the velocity; unused by [`sgd`].
    pub nesterov: bool,
}

/// One step without momentum: `param <- param - lr (sign grad + weight_decay param)`.
///
/// # Shapes
/// - `param`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
pub fn sgd(options: &SgdOptions, param: &mut [Float], grad: &[Float]) {
    update(&Plain(*options), [param], grad);
}

/// One step with momentum, where `g = sign grad + weight_decay param`:
/// `velocity <- momentum velocity + gradient_factor g`, then `param <- param - lr velocity`, or with `nesterov`
/// `param <- param - lr (g + momentum velocity)`.
///
/// # Shapes
/// - `param`, `velocity`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
///
/// # Source
/// I. Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013, with the velocity
/// not scaled by `lr`, as in PyTorch.
pub fn sgd_momentum(options: &SgdOptions, param: &mut [Float], velocity: &mut [Float], grad: &[Float]) {
    if options.nesterov {
        update(&Momentum::<true>(*options), [param, velocity], grad);
    } else {
        update(&Momentum::<false>(*options), [param, velocity], grad);
    }
}

#[derive(Clone, Copy)]
struct Plain(SgdOptions);

impl UpdateRule<1> for Plain {
    #[inline(always)]
    fn element<S: Isa>(&self, [param]: [Float; 1], grad: Float) -> [Float; 1] {
        let Plain(SgdOptions { lr, sign, weight_decay, .. }) = *self;
        [param - lr * S::mul_add(weight_decay, param, sign * grad)]
    }
}

#[derive(Clone, Copy)]
struct Momentum<const NESTEROV: bool>(SgdOptions);

impl<const NESTEROV: bool> UpdateRule<2> for Momentum<NESTEROV> {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, velocity]: [Float; 2], grad: Float) -> [Float; 2] {
        let Momentum(SgdOptions { lr, sign, weight_decay, momentum, gradient_factor, .. }) = *self;
        let grad = S::mul_add(weight_decay, param, sign * grad);
        let velocity = S::mul_add(momentum, velocity, gradient_factor * grad);
        let step = if NESTEROV { S::mul_add(momentum, velocity, grad) } else { velocity };
        [param - lr * step, velocity]
    }
}
