//! The update of Adam, with weight decay as an L2 penalty or decoupled.

use crate::arena::ALIGN;
use crate::parallel::num_parts;

/// What [`adam`] applies to every element. Bias corrections are worked out by the caller, in f64.
#[derive(Clone, Copy, Debug)]
pub struct AdamOptions {
    /// `lr / (1 - beta1^step)`.
    pub step_size: f32,
    /// `1 / sqrt(1 - beta2^step)`.
    pub root_factor: f32,
    /// `1 - beta1`.
    pub one_minus_beta1: f32,
    /// Decay of the mean square.
    pub beta2: f32,
    /// `1 - beta2`.
    pub one_minus_beta2: f32,
    /// Keeps the denominator away from zero.
    pub eps: f32,
    /// Factor of the parameter that is added to its gradient: weight decay as an L2 penalty.
    pub l2_penalty: f32,
    /// Factor on the parameter before the step, `1 - lr weight_decay`: decoupled weight decay.
    pub shrink: f32,
}

/// One step of Adam or AdamW, where `g = grad + l2_penalty param`:
/// `mean <- mean + (1 - beta1) (g - mean)`, `square <- beta2 square + (1 - beta2) g^2`,
/// `param <- shrink param - step_size mean / (root_factor sqrt(square) + eps)`.
///
/// # Shapes
/// - `param`, `mean`, `square`, `grad`: `[n]`
///
/// # Panics
/// When the lengths differ.
///
/// # Numerics
/// Moments in f32. An element whose gradient has always been zero moves by its decay only, as `eps` is positive.
///
/// # Source
/// D. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1; I. Loshchilov, F. Hutter,
/// "Decoupled weight decay regularization", 2019, algorithm 2, with `lr` in place of the schedule factor as in PyTorch.
pub fn adam(options: &AdamOptions, param: &mut [f32], mean: &mut [f32], square: &mut [f32], grad: &[f32]) {
    let n = param.len();
    assert_eq!(
        (mean.len(), square.len(), grad.len()),
        (n, n, n),
        "two moments and one gradient for each parameter"
    );
    let whole = n / ALIGN * ALIGN;
    let (param, param_end) = param.split_at_mut(whole);
    let (mean, mean_end) = mean.split_at_mut(whole);
    let (square, square_end) = square.split_at_mut(whole);
    let (grad, grad_end) = grad.split_at(whole);
    adam_lines(options, ALIGN, param, mean, square, grad);
    if whole < n {
        adam_lines(options, n - whole, param_end, mean_end, square_end, grad_end);
    }
}

/// Cuts between lines of this length: in the middle of one, every access of a part would straddle two cache lines.
fn adam_lines(
    options: &AdamOptions,
    line: usize,
    param: &mut [f32],
    mean: &mut [f32],
    square: &mut [f32],
    grad: &[f32],
) {
    let AdamOptions {
        step_size,
        root_factor,
        one_minus_beta1,
        beta2,
        one_minus_beta2,
        eps,
        l2_penalty,
        shrink,
    } = *options;
    let rows = param.len() / line;
    let parts = num_parts(rows, param.len());
    adam_rows(
        rows,
        line,
        step_size,
        root_factor,
        one_minus_beta1,
        beta2,
        one_minus_beta2,
        eps,
        l2_penalty,
        shrink,
        param,
        mean,
        square,
        grad,
        parts,
    );
}

fused! {
    fn adam_rows<S>(
        rows; line; step_size, root_factor, one_minus_beta1, beta2, one_minus_beta2, eps, l2_penalty, shrink;
        write { param: line, mean: line, square: line } partial {} read { grad: line } whole {}
    ) {
        for (((param, mean), square), &grad) in param.iter_mut().zip(mean).zip(square).zip(grad) {
            let grad = S::mul_add(l2_penalty, *param, grad);
            *mean = S::mul_add(one_minus_beta1, grad - *mean, *mean);
            *square = S::mul_add(one_minus_beta2 * grad, grad, beta2 * *square);
            let denominator = S::mul_add(square.sqrt(), root_factor, eps);
            *param = S::mul_add(shrink, *param, -(step_size * *mean / denominator));
        }
    }
}
