//! The update of RMSprop.

use super::super::Float;
use super::super::math;
use super::update::{UpdateRule, update};
use crate::isa::Isa;

/// What [`rmsprop`] applies to every element.
#[derive(Clone, Copy, Debug)]
pub struct RmsPropOptions {
    /// Learning rate.
    pub lr: Float,
    /// 1 to go against the gradient, -1 to go along it.
    pub sign: Float,
    /// Factor of the parameter that is added to its gradient.
    pub weight_decay: Float,
    /// Decay of the mean square.
    pub alpha: Float,
    /// `1 - alpha`.
    pub one_minus_alpha: Float,
    /// Keeps the denominator away from zero.
    pub eps: Float,
    /// Factor on the velocity.
    pub momentum: Float,
}

/// One step, where `g = sign grad + weight_decay param`: `square <- alpha square + (1 - alpha) g^2`, then
/// `param <- param - lr g / (root + eps)` with `root = sqrt(square)`.
///
/// With a `mean` (centered) `mean <- mean + (1 - alpha) (g - mean)` and `root = sqrt(square - mean^2)`; with a
/// `velocity` (momentum) `velocity <- momentum velocity + g / (root + eps)` and `param <- param - lr velocity`.
///
/// # Shapes
/// - `param`, `square`, `mean`, `velocity`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
///
/// # Numerics
/// `square - mean^2` is the difference of rounded numbers; below zero it counts as zero.
///
/// # Source
/// G. Hinton, "Neural networks for machine learning", 2012, lecture 6e; centered: A. Graves, "Generating sequences with
/// recurrent neural networks", 2013, equations 38 to 41, with `eps` outside the root as in PyTorch.
pub fn rmsprop(
    options: &RmsPropOptions,
    param: &mut [Float],
    square: &mut [Float],
    mean: Option<&mut [Float]>,
    velocity: Option<&mut [Float]>,
    grad: &[Float],
) {
    let rule = RmsProp(*options);
    match (mean, velocity) {
        (None, None) => update(&rule, [param, square], grad),
        (None, Some(velocity)) => update(&WithVelocity(rule), [param, square, velocity], grad),
        (Some(mean), None) => update(&Centered(rule), [param, square, mean], grad),
        (Some(mean), Some(velocity)) => update(&rule, [param, square, mean, velocity], grad),
    }
}

#[derive(Clone, Copy)]
struct RmsProp(RmsPropOptions);

impl RmsProp {
    /// The gradient with its penalty, and the mean square after it.
    #[inline(always)]
    fn square<S: Isa>(&self, param: Float, square: Float, grad: Float) -> (Float, Float) {
        let grad = S::mul_add(self.0.weight_decay, param, self.0.sign * grad);
        (grad, S::mul_add(self.0.one_minus_alpha * grad, grad, self.0.alpha * square))
    }

    #[inline(always)]
    fn mean<S: Isa>(&self, mean: Float, grad: Float) -> Float {
        S::mul_add(self.0.one_minus_alpha, grad - mean, mean)
    }

    /// The gradient over the root of the variance; a mean of zero makes it the root of the mean square.
    #[inline(always)]
    fn direction<S: Isa>(&self, grad: Float, square: Float, mean: Float) -> Float {
        let variance = math::maximum::<S>(S::mul_add(-mean, mean, square), 0.0);
        grad / (variance.sqrt() + self.0.eps)
    }
}

impl UpdateRule<2> for RmsProp {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, square]: [Float; 2], grad: Float) -> [Float; 2] {
        let (grad, square) = self.square::<S>(param, square, grad);
        [param - self.0.lr * self.direction::<S>(grad, square, 0.0), square]
    }
}

#[derive(Clone, Copy)]
struct WithVelocity(RmsProp);

impl UpdateRule<3> for WithVelocity {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, square, velocity]: [Float; 3], grad: Float) -> [Float; 3] {
        let WithVelocity(rule) = self;
        let (grad, square) = rule.square::<S>(param, square, grad);
        let velocity = S::mul_add(rule.0.momentum, velocity, rule.direction::<S>(grad, square, 0.0));
        [param - rule.0.lr * velocity, square, velocity]
    }
}

#[derive(Clone, Copy)]
struct Centered(RmsProp);

impl UpdateRule<3> for Centered {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, square, mean]: [Float; 3], grad: Float) -> [Float; 3] {
        let Centered(rule) = self;
        let (grad, square) = rule.square::<S>(param, square, grad);
        let mean = rule.mean::<S>(mean, grad);
        [param - rule.0.lr * rule.direction::<S>(grad, square, mean), square, mean]
    }
}

impl UpdateRule<4> for RmsProp {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, square, mean, velocity]: [Float; 4], grad: Float) -> [Float; 4] {
        let (grad, square) = self.square::<S>(param, square, grad);
        let mean = self.mean::<S>(mean, grad);
        let velocity = S::mul_add(self.0.momentum, velocity, self.direction::<S>(grad, square, mean));
        [param - self.0.lr * velocity, square, mean, velocity]
    }
}
