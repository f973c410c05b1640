//! RAdam.

use super::adam::{Options, Settings};
use macrograd_runtime::float::Either;

use super::float::{Subjects, in_float};
use super::memory::{Memory, Plan, Run};
use super::{at_least_zero, optimizer, setting};

/// RAdam: [`Adam`](super::Adam) that trusts its mean square as far as its variance is known.
///
/// At step `t` from 1, with moments as of Adam, `rho_inf = 2 / (1 - beta2) - 1` and
/// `rho = rho_inf - 2 t beta2^t / (1 - beta2^t)`: while `rho <= 5`,
/// `param <- param - lr mean / (1 - beta1^t)`; afterwards that step times
/// `sqrt((rho - 4) (rho - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho)) sqrt(1 - beta2^t) / (sqrt(square) + eps)`.
///
/// ```
/// use macrograd::optim::RAdam;
///
/// let optimizer = RAdam::new(1e-3).weight_decay(0.01).decoupled(true);
/// ```
///
/// # Numerics
/// Moments are of the computing type, bias corrections f64.
///
/// # Source
/// L. Liu et al., "On the variance of the adaptive learning rate and beyond", 2020; the same steps as PyTorch's
/// `torch.optim.RAdam`.
#[derive(Clone, Debug)]
pub struct RAdam {
    lr: f64,
    beta1: f64,
    beta2: f64,
    eps: f64,
    weight_decay: f64,
    decoupled: bool,
    maximize: bool,
    memory: Memory,
}

optimizer!(RAdam);

impl RAdam {
    /// An optimizer of this learning rate, with PyTorch's defaults for the rest: betas 0.9 and 0.999, eps 1e-8, no
    /// weight decay.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> RAdam {
        RAdam {
            lr: at_least_zero("lr", lr),
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            decoupled: false,
            maximize: false,
            memory: Memory::default(),
        }
    }

    setting!(betas);
    setting!(eps);
    setting!(either_weight_decay);
    setting!(maximize);

    fn plan(&self) -> Plan<'_> {
        Plan::moments(2)
    }

    #[track_caller]
    fn apply(&mut self, subject: Either<Subjects<'_>>) {
        in_float!(subject, |subject| {
            let RAdam { lr, beta1, beta2, eps, weight_decay, decoupled, maximize, .. } = *self;
            let settings = Settings { lr, beta1, beta2, eps, weight_decay, decoupled, maximize };
            self.memory.step(subject, |step, _| {
                let power = step as f64;
                let (decayed, corrected) = (beta2.powf(power), 1.0 - beta2.powf(power));
                let longest = 2.0 / (1.0 - beta2) - 1.0;
                let length = longest - 2.0 * power * decayed / corrected;
                let is_adapted = length > 5.0;
                let mut options = ops::adam::AdamOptions::at_step(&settings, step);
                // Unlike Adam's, its `eps` is added to the root before the correction.
                options.root_factor = 1.0;
                if is_adapted {
                    let rectification = (length - 4.0) * (length - 2.0) * longest
                        / ((longest - 4.0) * (longest - 2.0) * length);
                    options.step_size =
                        (lr / (1.0 - beta1.powf(power)) * (rectification * corrected).sqrt()) as Float;
                }
                move |run: &Run, params: &mut [Float], [mean, square]: [&mut [Float]; 2], grads: &[Float]| {
                    let rule = if is_adapted { ops::adam::adam } else { ops::adam::adam_unadapted };
                    rule(&options.for_run(&settings, run), params, mean, square, grads);
                }
            });
        })
    }
}
