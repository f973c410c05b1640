//! The update of stochastic gradient descent.

use crate::arena::ALIGN;
use crate::parallel::num_parts;

/// What [`sgd`] and [`sgd_momentum`] apply to every element.
#[derive(Clone, Copy, Debug)]
pub struct SgdOptions {
    /// Learning rate.
    pub lr: f32,
    /// Factor of the parameter that is added to its gradient.
    pub weight_decay: f32,
    /// Factor on the velocity; unused by [`sgd`].
    pub momentum: f32,
    /// Factor on the gradient as it enters the velocity, one minus the dampening; unused by [`sgd`].
    pub gradient_factor: f32,
    /// Whether the step looks ahead along the velocity; unused by [`sgd`].
    pub nesterov: bool,
}

/// One step without momentum: `param <- param - lr (grad + weight_decay param)`.
///
/// # Shapes
/// - `param`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
pub fn sgd(options: &SgdOptions, param: &mut [f32], grad: &[f32]) {
    let n = param.len();
    assert_eq!(grad.len(), n, "one gradient for each parameter");
    let whole = n / ALIGN * ALIGN;
    let (param, param_end) = param.split_at_mut(whole);
    let (grad, grad_end) = grad.split_at(whole);
    sgd_lines(options, ALIGN, param, grad);
    if whole < n {
        sgd_lines(options, n - whole, param_end, grad_end);
    }
}

/// Cuts between lines of this length: in the middle of one, every access of a part would straddle two cache lines.
fn sgd_lines(options: &SgdOptions, line: usize, param: &mut [f32], grad: &[f32]) {
    let rows = param.len() / line;
    let parts = num_parts(rows, param.len());
    plain_rows(rows, line, options.lr, options.weight_decay, param, grad, parts);
}

/// One step with momentum, where `g = grad + weight_decay param`:
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
pub fn sgd_momentum(options: &SgdOptions, param: &mut [f32], velocity: &mut [f32], grad: &[f32]) {
    let n = param.len();
    assert_eq!((velocity.len(), grad.len()), (n, n), "one velocity and one gradient for each parameter");
    let whole = n / ALIGN * ALIGN;
    let (param, param_end) = param.split_at_mut(whole);
    let (velocity, velocity_end) = velocity.split_at_mut(whole);
    let (grad, grad_end) = grad.split_at(whole);
    momentum_lines(options, ALIGN, param, velocity, grad);
    if whole < n {
        momentum_lines(options, n - whole, param_end, velocity_end, grad_end);
    }
}

/// As [`sgd_lines`].
fn momentum_lines(options: &SgdOptions, line: usize, param: &mut [f32], velocity: &mut [f32], grad: &[f32]) {
    let SgdOptions { lr, weight_decay, momentum, gradient_factor, nesterov } = *options;
    let rows = param.len() / line;
    let parts = num_parts(rows, param.len());
    let run = if nesterov { nesterov_rows } else { momentum_rows };
    run(rows, line, lr, weight_decay, momentum, gradient_factor, param, velocity, grad, parts);
}

fused! {
    fn plain_rows<S>(
        rows; line; lr, weight_decay; write { param: line } partial {} read { grad: line } whole {}
    ) {
        for (param, &grad) in param.iter_mut().zip(grad) {
            *param -= lr * S::mul_add(weight_decay, *param, grad);
        }
    }
}

fused! {
    fn momentum_rows<S>(
        rows; line; lr, weight_decay, momentum, gradient_factor;
        write { param: line, velocity: line } partial {} read { grad: line } whole {}
    ) {
        for ((param, velocity), &grad) in param.iter_mut().zip(velocity).zip(grad) {
            let grad = S::mul_add(weight_decay, *param, grad);
            *velocity = S::mul_add(momentum, *velocity, gradient_factor * grad);
            *param -= lr * *velocity;
        }
    }
}

fused! {
    fn nesterov_rows<S>(
        rows; line; lr, weight_decay, momentum, gradient_factor;
        write { param: line, velocity: line } partial {} read { grad: line } whole {}
    ) {
        for ((param, velocity), &grad) in param.iter_mut().zip(velocity).zip(grad) {
            let grad = S::mul_add(weight_decay, *param, grad);
            *velocity = S::mul_add(momentum, *velocity, gradient_factor * grad);
            *param -= lr * S::mul_add(momentum, *velocity, grad);
        }
    }
}
