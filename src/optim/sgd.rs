//! Stochastic gradient descent.

use macrograd_runtime::float::Either;

use super::float::{Subjects, in_float};
use super::memory::{Memory, Plan, Run};
use super::{at_least_zero, below_one, optimizer, setting, sign};

/// Stochastic gradient descent, with momentum on request.
///
/// With `g = gradient + weight_decay param`: without momentum `param <- param - lr g`; with it
/// `velocity <- momentum velocity + (1 - dampening) g` (the first step takes `velocity <- g`), then
/// `param <- param - lr velocity`, or `param <- param - lr (g + momentum velocity)` for Nesterov's.
///
/// ```
/// use macrograd::optim::Sgd;
///
/// let optimizer = Sgd::new(0.1).momentum(0.9).nesterov(true).weight_decay(5e-4);
/// ```
///
/// # Source
/// I. Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013; the same steps as
/// PyTorch's `torch.optim.SGD`.
#[derive(Clone, Debug)]
pub struct Sgd {
    lr: f64,
    momentum: f64,
    dampening: f64,
    nesterov: bool,
    weight_decay: f64,
    maximize: bool,
    memory: Memory,
}

optimizer!(Sgd);

impl Sgd {
    /// Plain descent at this learning rate: no momentum, no weight decay.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> Sgd {
        Sgd {
            lr: at_least_zero("lr", lr),
            momentum: 0.0,
            dampening: 0.0,
            nesterov: false,
            weight_decay: 0.0,
            maximize: false,
            memory: Memory::default(),
        }
    }

    setting!(momentum);
    setting!(l2_penalty);
    setting!(maximize);

    /// Part of the gradient that is kept out of the velocity after the first step.
    ///
    /// # Panics
    /// When it is negative or not below 1.
    #[must_use]
    #[track_caller]
    pub fn dampening(mut self, dampening: f64) -> Sgd {
        self.dampening = below_one("dampening", dampening);
        self
    }

    /// Whether steps look ahead along the velocity; needs momentum and no dampening, or the first step panics.
    #[must_use]
    pub fn nesterov(mut self, nesterov: bool) -> Sgd {
        self.nesterov = nesterov;
        self
    }

    fn plan(&self) -> Plan<'_> {
        Plan::moments(usize::from(self.momentum != 0.0))
    }

    #[track_caller]
    fn apply(&mut self, subject: Either<Subjects<'_>>) {
        in_float!(subject, |subject| {
            let Sgd { lr, momentum, dampening, nesterov, weight_decay, maximize, ref mut memory } = *self;
            assert!(
                !nesterov || (momentum > 0.0 && dampening == 0.0),
                "`nesterov` needs a positive `momentum` and no `dampening`, but they are {momentum} and {dampening}"
            );
            let options = move |run: &Run, step: u64| ops::sgd::SgdOptions {
                lr: (lr * run.lr_scale) as Float,
                sign: sign(maximize),
                weight_decay: run.weight_decay(weight_decay) as Float,
                momentum: momentum as Float,
                gradient_factor: if step == 1 { 1.0 } else { (1.0 - dampening) as Float },
                nesterov,
            };
            if momentum == 0.0 {
                memory.step(subject, |step, _| {
                    move |run: &Run, params: &mut [Float], []: [&mut [Float]; 0], grads: &[Float]| {
                        ops::sgd::sgd(&options(run, step), params, grads);
                    }
                });
            } else {
                memory.step(subject, |step, _| {
                    move |run: &Run, params: &mut [Float], [velocity]: [&mut [Float]; 1], grads: &[Float]| {
                        ops::sgd::sgd_momentum(&options(run, step), params, velocity, grads);
                    }
                });
            }
        })
    }
}
