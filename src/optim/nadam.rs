//! NAdam.

use super::adam::{Options, Settings};
use macrograd_runtime::float::Either;

use super::float::{Subjects, in_float};
use super::memory::{Memory, Plan, Run};
use super::{at_least_zero, optimizer, setting};

/// NAdam: [`Adam`](super::Adam) with Nesterov's momentum.
///
/// At step `t` from 1, with moments as of Adam: `mu(t) = beta1 (1 - 0.96^(t momentum_decay) / 2)`, `product` that of
/// all `mu` so far, and
/// `param <- param - lr ((1 - mu(t)) / (1 - product) g + mu(t + 1) / (1 - product mu(t + 1)) mean)
/// / (sqrt(square / (1 - beta2^t)) + eps)`.
///
/// ```
/// use macrograd::optim::NAdam;
///
/// let optimizer = NAdam::new(2e-3).weight_decay(0.01).decoupled(true);
/// ```
///
/// # Numerics
/// Moments are of the computing type, bias corrections f64.
///
/// # Source
/// T. Dozat, "Incorporating Nesterov momentum into Adam", 2016; the same steps as PyTorch's `torch.optim.NAdam`.
#[derive(Clone, Debug)]
pub struct NAdam {
    lr: f64,
    beta1: f64,
    beta2: f64,
    eps: f64,
    weight_decay: f64,
    momentum_decay: f64,
    decoupled: bool,
    maximize: bool,
    memory: Memory,
}

optimizer!(NAdam);

impl NAdam {
    /// An optimizer of this learning rate, with PyTorch's defaults for the rest: betas 0.9 and 0.999, eps 1e-8,
    /// momentum decay 4e-3, no weight decay. PyTorch's learning rate is 2e-3.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> NAdam {
        NAdam {
            lr: at_least_zero("lr", lr),
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            momentum_decay: 4e-3,
            decoupled: false,
            maximize: false,
            memory: Memory::default(),
        }
    }

    setting!(betas);
    setting!(eps);
    setting!(either_weight_decay);
    setting!(maximize);

    /// How fast the momentum of a step approaches `beta1`.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn momentum_decay(mut self, momentum_decay: f64) -> NAdam {
        self.momentum_decay = at_least_zero("momentum_decay", momentum_decay);
        self
    }

    fn plan(&self) -> Plan<'_> {
        // The product of the momenta so far.
        Plan { scalars: &[1.0], ..Plan::moments(2) }
    }

    #[track_caller]
    fn apply(&mut self, subject: Either<Subjects<'_>>) {
        in_float!(subject, |subject| {
            let NAdam { lr, beta1, beta2, eps, weight_decay, momentum_decay, decoupled, maximize, .. } =
                *self;
            let settings = Settings { lr, beta1, beta2, eps, weight_decay, decoupled, maximize };
            let momentum = |step: u64| beta1 * (1.0 - 0.5 * 0.96_f64.powf(step as f64 * momentum_decay));
            self.memory.step(subject, |step, scalars| {
                let (now, next) = (momentum(step), momentum(step + 1));
                let product = &mut scalars[0];
                *product *= now;
                let mut options = ops::adam::AdamOptions::at_step(&settings, step);
                options.grad_step_size = (lr * (1.0 - now) / (1.0 - *product)) as Float;
                options.step_size = (lr * next / (1.0 - *product * next)) as Float;
                move |run: &Run, params: &mut [Float], [mean, square]: [&mut [Float]; 2], grads: &[Float]| {
                    ops::adam::adam(&options.for_run(&settings, run), params, mean, square, grads);
                }
            });
        })
    }
}
