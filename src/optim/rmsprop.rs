//! RMSprop.

use macrograd_runtime::float::Either;

use super::float::{Subjects, in_float};
use super::memory::{Memory, Plan, Run};
use super::{at_least_zero, below_one, optimizer, setting, sign};

/// RMSprop: steps along the gradient over the root of a decaying mean of its square.
///
/// With `g = gradient + weight_decay param`: `square <- alpha square + (1 - alpha) g^2`,
/// `param <- param - lr g / (sqrt(square) + eps)`. Centered, the root is that of `square - mean^2`, with
/// `mean <- alpha mean + (1 - alpha) g`; with momentum, `velocity <- momentum velocity + g / (root + eps)` and
/// `param <- param - lr velocity`.
///
/// ```
/// use macrograd::optim::RmsProp;
///
/// let optimizer = RmsProp::new(1e-2).alpha(0.95).momentum(0.9).centered(true);
/// ```
///
/// # Numerics
/// All that is kept is of the computing type. A variance that rounding makes negative counts as zero.
///
/// # Source
/// G. Hinton, "Neural networks for machine learning", 2012, lecture 6e; the same steps as PyTorch's
/// `torch.optim.RMSprop`.
#[derive(Clone, Debug)]
pub struct RmsProp {
    lr: f64,
    alpha: f64,
    eps: f64,
    weight_decay: f64,
    momentum: f64,
    centered: bool,
    maximize: bool,
    memory: Memory,
}

optimizer!(RmsProp);

impl RmsProp {
    /// An optimizer of this learning rate, with PyTorch's defaults for the rest: alpha 0.99, eps 1e-8, not centered, no
    /// momentum, no weight decay. PyTorch's learning rate is 1e-2.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> RmsProp {
        RmsProp {
            lr: at_least_zero("lr", lr),
            alpha: 0.99,
            eps: 1e-8,
            weight_decay: 0.0,
            momentum: 0.0,
            centered: false,
            maximize: false,
            memory: Memory::default(),
        }
    }

    setting!(momentum);
    setting!(eps);
    setting!(l2_penalty);
    setting!(maximize);

    /// Decay of the mean square.
    ///
    /// # Panics
    /// When it is negative or not below 1.
    #[must_use]
    #[track_caller]
    pub fn alpha(mut self, alpha: f64) -> RmsProp {
        self.alpha = below_one("alpha", alpha);
        self
    }

    /// Whether gradients are divided by their deviation instead of their root mean square. To be chosen before the
    /// first step.
    #[must_use]
    pub fn centered(mut self, centered: bool) -> RmsProp {
        self.centered = centered;
        self
    }

    fn plan(&self) -> Plan<'_> {
        Plan::moments(1 + usize::from(self.centered) + usize::from(self.momentum > 0.0))
    }

    #[track_caller]
    fn apply(&mut self, subject: Either<Subjects<'_>>) {
        in_float!(subject, |subject| {
            let RmsProp { lr, alpha, eps, weight_decay, momentum, centered, maximize, ref mut memory } =
                *self;
            let options = move |run: &Run| ops::rmsprop::RmsPropOptions {
                lr: (lr * run.lr_scale) as Float,
                sign: sign(maximize),
                weight_decay: run.weight_decay(weight_decay) as Float,
                alpha: alpha as Float,
                one_minus_alpha: (1.0 - alpha) as Float,
                eps: eps as Float,
                momentum: momentum as Float,
            };
            match (centered, momentum > 0.0) {
                (false, false) => memory.step(subject, |_, _| {
                    move |run: &Run, params: &mut [Float], [square]: [&mut [Float]; 1], grads: &[Float]| {
                        ops::rmsprop::rmsprop(&options(run), params, square, None, None, grads);
                    }
                }),
                (false, true) => memory.step(subject, |_, _| {
                    move |run: &Run,
                          params: &mut [Float],
                          [square, velocity]: [&mut [Float]; 2],
                          grads: &[Float]| {
                        ops::rmsprop::rmsprop(&options(run), params, square, None, Some(velocity), grads);
                    }
                }),
                (true, false) => memory.step(subject, |_, _| {
                    move |run: &Run,
                          params: &mut [Float],
                          [square, mean]: [&mut [Float]; 2],
                          grads: &[Float]| {
                        ops::rmsprop::rmsprop(&options(run), params, square, Some(mean), None, grads);
                    }
                }),
                (true, true) => memory.step(subject, |_, _| {
                    move |run: &Run, params: &mut [Float], moments: [&mut [Float]; 3], grads: &[Float]| {
                        let [square, mean, velocity] = moments;
                        ops::rmsprop::rmsprop(
                            &options(run),
                            params,
                            square,
                            Some(mean),
                            Some(velocity),
                            grads,
                        );
                    }
                }),
            }
        })
    }
}
