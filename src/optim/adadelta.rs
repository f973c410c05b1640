//! Adadelta.

use macrograd_runtime::float::Either;

use super::float::{Subjects, in_float};
use super::memory::{Memory, Plan, Run};
use super::{at_least_zero, below_one, optimizer, setting, sign};

/// Adadelta: steps as large as earlier ones, by gradients as large as earlier ones.
///
/// With `g = gradient + weight_decay param`: `square <- rho square + (1 - rho) g^2`,
/// `delta = sqrt(change + eps) / sqrt(square + eps) g`, `change <- rho change + (1 - rho) delta^2`,
/// `param <- param - lr delta`.
///
/// ```
/// use macrograd::optim::Adadelta;
///
/// let optimizer = Adadelta::new(1.0).rho(0.95);
/// ```
///
/// # Source
/// M. Zeiler, "ADADELTA: an adaptive learning rate method", 2012; the same steps as PyTorch's `torch.optim.Adadelta`.
#[derive(Clone, Debug)]
pub struct Adadelta {
    lr: f64,
    rho: f64,
    eps: f64,
    weight_decay: f64,
    maximize: bool,
    memory: Memory,
}

optimizer!(Adadelta);

impl Adadelta {
    /// An optimizer with this factor on its steps, with PyTorch's defaults for the rest: rho 0.9, eps 1e-6, no weight
    /// decay. PyTorch's factor is 1.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> Adadelta {
        Adadelta {
            lr: at_least_zero("lr", lr),
            rho: 0.9,
            eps: 1e-6,
            weight_decay: 0.0,
            maximize: false,
            memory: Memory::default(),
        }
    }

    setting!(eps);
    setting!(l2_penalty);
    setting!(maximize);

    /// Decay of the mean squares of gradients and of steps.
    ///
    /// # Panics
    /// When it is negative or not below 1.
    #[must_use]
    #[track_caller]
    pub fn rho(mut self, rho: f64) -> Adadelta {
        self.rho = below_one("rho", rho);
        self
    }

    fn plan(&self) -> Plan<'_> {
        Plan::moments(2)
    }

    #[track_caller]
    fn apply(&mut self, subject: Either<Subjects<'_>>) {
        in_float!(subject, |subject| {
            let Adadelta { lr, rho, eps, weight_decay, maximize, ref mut memory } = *self;
            memory.step(subject, |_, _| {
                move |run: &Run,
                      params: &mut [Float],
                      [square, change]: [&mut [Float]; 2],
                      grads: &[Float]| {
                    let options = ops::adadelta::AdadeltaOptions {
                        lr: (lr * run.lr_scale) as Float,
                        sign: sign(maximize),
                        weight_decay: run.weight_decay(weight_decay) as Float,
                        rho: rho as Float,
                        one_minus_rho: (1.0 - rho) as Float,
                        eps: eps as Float,
                    };
                    ops::adadelta::adadelta(&options, params, square, change, grads);
                }
            });
        })
    }
}
