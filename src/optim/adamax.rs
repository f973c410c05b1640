//! Adamax.

use macrograd_runtime::float::Either;

use super::float::{Subjects, in_float};
use super::memory::{Memory, Plan, Run};
use super::{at_least_zero, optimizer, setting, sign};

/// Adamax: [`Adam`](super::Adam) with the largest gradient, which decays, in the place of the mean square.
///
/// With `g = gradient + weight_decay param`, at step `t` from 1: `mean <- beta1 mean + (1 - beta1) g`,
/// `largest <- max(beta2 largest, |g| + eps)`, `param <- param - lr / (1 - beta1^t) mean / largest`.
///
/// ```
/// use macrograd::optim::Adamax;
///
/// let optimizer = Adamax::new(2e-3).betas(0.9, 0.99);
/// ```
///
/// # Source
/// D. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015, section 7.1; the same steps as PyTorch's
/// `torch.optim.Adamax`.
#[derive(Clone, Debug)]
pub struct Adamax {
    lr: f64,
    beta1: f64,
    beta2: f64,
    eps: f64,
    weight_decay: f64,
    maximize: bool,
    memory: Memory,
}

optimizer!(Adamax);

impl Adamax {
    /// An optimizer of this learning rate, with PyTorch's defaults for the rest: betas 0.9 and 0.999, eps 1e-8, no
    /// weight decay. PyTorch's learning rate is 2e-3.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> Adamax {
        Adamax {
            lr: at_least_zero("lr", lr),
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            maximize: false,
            memory: Memory::default(),
        }
    }

    setting!(betas);
    setting!(eps);
    setting!(l2_penalty);
    setting!(maximize);

    fn plan(&self) -> Plan<'_> {
        Plan::moments(2)
    }

    #[track_caller]
    fn apply(&mut self, subject: Either<Subjects<'_>>) {
        in_float!(subject, |subject| {
            let Adamax { lr, beta1, beta2, eps, weight_decay, maximize, ref mut memory } = *self;
            memory.step(subject, |step, _| {
                let step_size = lr / (1.0 - beta1.powf(step as f64));
                move |run: &Run, params: &mut [Float], [mean, largest]: [&mut [Float]; 2], grads: &[Float]| {
                    let options = ops::adamax::AdamaxOptions {
                        step_size: (step_size * run.lr_scale) as Float,
                        sign: sign(maximize),
                        weight_decay: run.weight_decay(weight_decay) as Float,
                        one_minus_beta1: (1.0 - beta1) as Float,
                        beta2: beta2 as Float,
                        eps: eps as Float,
                    };
                    ops::adamax::adamax(&options, params, mean, largest, grads);
                }
            });
        })
    }
}
