//! Adagrad.

use macrograd_runtime::float::Either;

use super::float::{Subjects, in_float};
use super::memory::{Memory, Plan, Run};
use super::{at_least_zero, optimizer, setting, sign};

/// Adagrad: steps along the gradient over the root of the sum of its squares.
///
/// With `g = gradient + weight_decay param`, at step `t` from 1: `sum <- sum + g^2`,
/// `param <- param - lr / (1 + (t - 1) lr_decay) g / (sqrt(sum) + eps)`.
///
/// ```
/// use macrograd::optim::Adagrad;
///
/// let optimizer = Adagrad::new(1e-2).lr_decay(1e-3).initial_accumulator_value(0.1);
/// ```
///
/// # Source
/// J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic optimization", 2011;
/// the same steps as PyTorch's `torch.optim.Adagrad`.
#[derive(Clone, Debug)]
pub struct Adagrad {
    lr: f64,
    lr_decay: f64,
    initial_accumulator_value: f64,
    eps: f64,
    weight_decay: f64,
    maximize: bool,
    memory: Memory,
}

optimizer!(Adagrad);

impl Adagrad {
    /// An optimizer of this learning rate, with PyTorch's defaults for the rest: no decay of the rate, sums that start
    /// at 0, eps 1e-10, no weight decay. PyTorch's learning rate is 1e-2.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> Adagrad {
        Adagrad {
            lr: at_least_zero("lr", lr),
            lr_decay: 0.0,
            initial_accumulator_value: 0.0,
            eps: 1e-10,
            weight_decay: 0.0,
            maximize: false,
            memory: Memory::default(),
        }
    }

    setting!(eps);
    setting!(l2_penalty);
    setting!(maximize);

    /// How fast the learning rate falls by itself.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn lr_decay(mut self, lr_decay: f64) -> Adagrad {
        self.lr_decay = at_least_zero("lr_decay", lr_decay);
        self
    }

    /// Where the sums of squares start. To be chosen before the first step.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn initial_accumulator_value(mut self, value: f64) -> Adagrad {
        self.initial_accumulator_value = at_least_zero("initial_accumulator_value", value);
        self
    }

    fn plan(&self) -> Plan<'_> {
        Plan { fill: self.initial_accumulator_value, ..Plan::moments(1) }
    }

    #[track_caller]
    fn apply(&mut self, subject: Either<Subjects<'_>>) {
        in_float!(subject, |subject| {
            let Adagrad { lr, lr_decay, eps, weight_decay, maximize, ref mut memory, .. } = *self;
            memory.step(subject, |step, _| {
                let lr = lr / (1.0 + (step - 1) as f64 * lr_decay);
                move |run: &Run, params: &mut [Float], [sum]: [&mut [Float]; 1], grads: &[Float]| {
                    let options = ops::adagrad::AdagradOptions {
                        lr: (lr * run.lr_scale) as Float,
                        sign: sign(maximize),
                        weight_decay: run.weight_decay(weight_decay) as Float,
                        eps: eps as Float,
                    };
                    ops::adagrad::adagrad(&options, params, sum, grads);
                }
            });
        })
    }
}
