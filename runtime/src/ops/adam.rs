//! The updates of the family of Adam that take moments of the gradient: Adam, AMSGrad, NAdam, RAdam.

use super::super::Float;
use super::super::math;
use super::update::{UpdateRule, update};
use crate::isa::Isa;

/// What [`adam`] applies to every element. Bias corrections are worked out by the caller, in f64.
#[derive(Clone, Copy, Debug)]
pub struct AdamOptions {
    /// 1 to go against the gradient, -1 to go along it.
    pub sign: Float,
    /// Factor on the mean in the step: `lr / (1 - beta1^step)` for Adam.
    pub step_size: Float,
    /// Factor on the gradient itself in the step; only NAdam has one.
    pub grad_step_size: Float,
    /// `1 / sqrt(1 - beta2^step)`.
    pub root_factor: Float,
    /// `1 - beta1`.
    pub one_minus_beta1: Float,
    /// Decay of the mean square.
    pub beta2: Float,
    /// `1 - beta2`.
    pub one_minus_beta2: Float,
    /// Keeps the denominator away from zero.
    pub eps: Float,
    /// Factor of the parameter that is added to its gradient: weight decay as an L2 penalty.
    pub l2_penalty: Float,
    /// Factor on the parameter before the step, `1 - lr weight_decay`: decoupled weight decay.
    pub shrink: Float,
}

/// One step of Adam or AdamW, where `g = sign grad + l2_penalty param`:
/// `mean <- mean + (1 - beta1) (g - mean)`, `square <- beta2 square + (1 - beta2) g^2`,
/// `param <- shrink param - (step_size mean + grad_step_size g) / (root_factor sqrt(square) + eps)`.
///
/// # Shapes
/// - `param`, `mean`, `square`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
///
/// # Numerics
/// Moments in the computing type. An element whose gradient has always been zero moves by its decay only, as `eps` is
/// positive.
///
/// # Source
/// D. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1; I. Loshchilov, F. Hutter,
/// "Decoupled weight decay regularization", 2019, algorithm 2, with `lr` in place of the schedule factor as in PyTorch.
pub fn adam(
    options: &AdamOptions,
    param: &mut [Float],
    mean: &mut [Float],
    square: &mut [Float],
    grad: &[Float],
) {
    update(&Adam(*options), [param, mean, square], grad);
}

/// As [`adam`], with the largest `square` so far, kept in `largest`, in the place of `square` in the denominator.
///
/// # Shapes
/// - `param`, `mean`, `square`, `largest`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
///
/// # Source
/// S. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and beyond", 2018, algorithm 2, with bias corrections as in
/// PyTorch.
pub fn amsgrad(options: &AdamOptions, state: [&mut [Float]; 4], grad: &[Float]) {
    update(&AmsGrad(*options), state, grad);
}

/// One step of [`adam`] whose denominator is 1, as RAdam takes them while the mean square is not reliable:
/// `param <- shrink param - step_size mean`. Both moments are kept as by [`adam`].
///
/// # Shapes
/// - `param`, `mean`, `square`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
///
/// # Source
/// L. Liu et al., "On the variance of the adaptive learning rate and beyond", 2020, algorithm 2.
pub fn adam_unadapted(
    options: &AdamOptions,
    param: &mut [Float],
    mean: &mut [Float],
    square: &mut [Float],
    grad: &[Float],
) {
    update(&Unadapted(*options), [param, mean, square], grad);
}

impl AdamOptions {
    /// The gradient with its penalty, and both moments after it.
    #[inline(always)]
    fn moments<S: Isa>(
        &self,
        param: Float,
        mean: Float,
        square: Float,
        grad: Float,
    ) -> (Float, Float, Float) {
        let grad = S::mul_add(self.l2_penalty, param, self.sign * grad);
        let mean = S::mul_add(self.one_minus_beta1, grad - mean, mean);
        let square = S::mul_add(self.one_minus_beta2 * grad, grad, self.beta2 * square);
        (grad, mean, square)
    }

    /// The parameter after its step.
    #[inline(always)]
    fn step<S: Isa>(&self, param: Float, grad: Float, mean: Float, square: Float) -> Float {
        let denominator = S::mul_add(square.sqrt(), self.root_factor, self.eps);
        let numerator = S::mul_add(self.grad_step_size, grad, self.step_size * mean);
        S::mul_add(self.shrink, param, -(numerator / denominator))
    }
}

#[derive(Clone, Copy)]
struct Adam(AdamOptions);

impl UpdateRule<3> for Adam {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, mean, square]: [Float; 3], grad: Float) -> [Float; 3] {
        let (grad, mean, square) = self.0.moments::<S>(param, mean, square, grad);
        [self.0.step::<S>(param, grad, mean, square), mean, square]
    }
}

#[derive(Clone, Copy)]
struct AmsGrad(AdamOptions);

impl UpdateRule<4> for AmsGrad {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, mean, square, largest]: [Float; 4], grad: Float) -> [Float; 4] {
        let (grad, mean, square) = self.0.moments::<S>(param, mean, square, grad);
        let largest = math::maximum::<S>(largest, square);
        [self.0.step::<S>(param, grad, mean, largest), mean, square, largest]
    }
}

#[derive(Clone, Copy)]
struct Unadapted(AdamOptions);

impl UpdateRule<3> for Unadapted {
    #[inline(always)]
    fn element<S: Isa>(&self, [param, mean, square]: [Float; 3], grad: Float) -> [Float; 3] {
        let (_, mean, square) = self.0.moments::<S>(param, mean, square, grad);
        [S::mul_add(self.0.shrink, param, -(self.0.step_size * mean)), mean, square]
    }
}
