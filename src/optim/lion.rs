//! Lion.

use macrograd_runtime::float::Either;

use super::float::{Subjects, in_float};
use super::memory::{Memory, Plan, Run};
use super::{at_least_zero, optimizer, setting, sign};

/// Lion: every parameter moves by the learning rate, in the direction of a mean of gradients.
///
/// `param <- (1 - lr weight_decay) param - lr sgn(beta1 mean + (1 - beta1) gradient)`,
/// `mean <- beta2 mean + (1 - beta2) gradient`.
///
/// Its learning rate is typically a third to a tenth of that of [`AdamW`](super::AdamW), its weight decay as many times
/// larger.
///
/// ```
/// use macrograd::optim::Lion;
///
/// let optimizer = Lion::new(1e-4).weight_decay(1.0);
/// ```
///
/// # Source
/// X. Chen et al., "Symbolic discovery of optimization algorithms", 2023, algorithm 2,
/// <https://arxiv.org/abs/2302.06675>.
#[derive(Clone, Debug)]
pub struct Lion {
    lr: f64,
    beta1: f64,
    beta2: f64,
    weight_decay: f64,
    maximize: bool,
    memory: Memory,
}

optimizer!(Lion);

impl Lion {
    /// An optimizer of this learning rate, with the paper's defaults for the rest: betas 0.9 and 0.99, no weight decay.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> Lion {
        Lion {
            lr: at_least_zero("lr", lr),
            beta1: 0.9,
            beta2: 0.99,
            weight_decay: 0.0,
            maximize: false,
            memory: Memory::default(),
        }
    }

    setting!(betas);
    setting!(decoupled_weight_decay);
    setting!(maximize);

    fn plan(&self) -> Plan<'_> {
        Plan::moments(1)
    }

    #[track_caller]
    fn apply(&mut self, subject: Either<Subjects<'_>>) {
        in_float!(subject, |subject| {
            let Lion { lr, beta1, beta2, weight_decay, maximize, ref mut memory } = *self;
            memory.step(subject, |_, _| {
                move |run: &Run, params: &mut [Float], [mean]: [&mut [Float]; 1], grads: &[Float]| {
                    let lr = lr * run.lr_scale;
                    let options = ops::lion::LionOptions {
                        lr: lr as Float,
                        sign: sign(maximize),
                        one_minus_beta1: (1.0 - beta1) as Float,
                        one_minus_beta2: (1.0 - beta2) as Float,
                        shrink: (1.0 - lr * run.weight_decay(weight_decay)) as Float,
                    };
                    ops::lion::lion(&options, params, mean, grads);
                }
            });
        })
    }
}
