//! LAMB.

use macrograd_runtime::float::Either;

use super::float::{Subjects, in_float};
use super::memory::{Memory, Plan, Run};
use super::{at_least_zero, optimizer, setting, sign};

/// LAMB: [`AdamW`](super::AdamW) whose step on each tensor is as long as the tensor's norm says, for large batches.
///
/// At step `t` from 1, with moments as of Adam, for each tensor:
/// `r = mean / (1 - beta1^t) / (sqrt(square / (1 - beta2^t)) + eps) + weight_decay param` and
/// `param <- param - lr clamp(|param|, norm_bounds) / |r| r`. Where a norm is zero, the ratio of norms counts as 1.
///
/// ```
/// use macrograd::optim::Lamb;
///
/// let optimizer = Lamb::new(2e-3).weight_decay(0.01).norm_bounds(0.0, 10.0);
/// ```
///
/// # Numerics
/// Moments are of the computing type, bias corrections and norms f64.
///
/// # Source
/// Y. You et al., "Large batch optimization for deep learning: training BERT in 76 minutes", 2020, algorithm 2,
/// <https://arxiv.org/abs/1904.00962>.
#[derive(Clone, Debug)]
pub struct Lamb {
    lr: f64,
    beta1: f64,
    beta2: f64,
    eps: f64,
    weight_decay: f64,
    norm_bounds: (f64, f64),
    bias_correction: bool,
    maximize: bool,
    memory: Memory,
}

optimizer!(Lamb);

impl Lamb {
    /// An optimizer of this learning rate, with the paper's defaults for the rest: betas 0.9 and 0.999, eps 1e-6, weight
    /// decay 0.01, norms as they are.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> Lamb {
        Lamb {
            lr: at_least_zero("lr", lr),
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-6,
            weight_decay: 0.01,
            norm_bounds: (0.0, f64::INFINITY),
            bias_correction: true,
            maximize: false,
            memory: Memory::default(),
        }
    }

    setting!(betas);
    setting!(eps);
    setting!(maximize);

    /// Weight decay: added times the parameter to the direction of the step, except under `#[no_decay]`.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn weight_decay(mut self, weight_decay: f64) -> Lamb {
        self.weight_decay = at_least_zero("weight_decay", weight_decay);
        self
    }

    /// Bounds between which the norm of a tensor counts, the paper's `phi`.
    ///
    /// # Panics
    /// When they are not in order or negative.
    #[must_use]
    #[track_caller]
    pub fn norm_bounds(mut self, lowest: f64, highest: f64) -> Lamb {
        assert!(
            lowest >= 0.0 && lowest <= highest,
            "`norm_bounds` are {lowest} and {highest}, but must be at least 0 and in order"
        );
        self.norm_bounds = (lowest, highest);
        self
    }

    /// Whether the moments are corrected for starting at zero.
    #[must_use]
    pub fn bias_correction(mut self, bias_correction: bool) -> Lamb {
        self.bias_correction = bias_correction;
        self
    }

    fn plan(&self) -> Plan<'_> {
        Plan { by_tensor: true, ..Plan::moments(2) }
    }

    #[track_caller]
    fn apply(&mut self, subject: Either<Subjects<'_>>) {
        in_float!(subject, |subject| {
            let Lamb { lr, beta1, beta2, eps, weight_decay, norm_bounds, bias_correction, maximize, .. } =
                *self;
            self.memory.step(subject, |step, _| {
                let correction =
                    move |beta: f64| if bias_correction { 1.0 / (1.0 - beta.powf(step as f64)) } else { 1.0 };
                move |run: &Run, params: &mut [Float], [mean, square]: [&mut [Float]; 2], grads: &[Float]| {
                    let options = ops::lamb::LambOptions {
                        lr: lr * run.lr_scale,
                        sign: sign(maximize),
                        one_minus_beta1: (1.0 - beta1) as Float,
                        beta2: beta2 as Float,
                        one_minus_beta2: (1.0 - beta2) as Float,
                        mean_factor: correction(beta1) as Float,
                        root_factor: correction(beta2).sqrt() as Float,
                        eps: eps as Float,
                        weight_decay: run.weight_decay(weight_decay) as Float,
                        norm_bounds,
                    };
                    ops::lamb::lamb(&options, params, mean, square, grads);
                }
            });
        })
    }
}
