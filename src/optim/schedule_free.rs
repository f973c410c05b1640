//! Schedule-free AdamW.

use macrograd_runtime::float::Either;

use super::float::{Subjects, in_float, lerp};
use super::memory::{Memory, Plan, Run};
use super::{at_least_zero, optimizer, setting, sign};
use crate::Model;

/// Schedule-free AdamW: a running average of the parameters takes the place of a falling learning rate.
///
/// At step `t` from 1, with the mean square of [`AdamW`](super::AdamW) and
/// `d = g / (sqrt(square / (1 - beta2^t)) + eps) + weight_decay y`: `z <- z - lr d`, `x <- (1 - c) x + c z`, `y = (1 - beta1) z + beta1 x`, where gradients are taken
/// at `y` and `c` is the weight `t^r largest_lr^weight_lr_power` of the step over the sum of the weights so far.
///
/// While training the parameters of the model are `y`. For validation and before saving the model [`eval`] turns them
/// into the average `x`; [`train`] turns them back before the next step.
///
/// [`eval`]: ScheduleFreeAdamW::eval
/// [`train`]: ScheduleFreeAdamW::train
///
/// ```
/// use macrograd::Model;
/// use macrograd::optim::ScheduleFreeAdamW;
///
/// fn validate<M: Model>(model: &mut M, optimizer: &mut ScheduleFreeAdamW, accuracy: impl Fn(&M) -> f64) -> f64 {
///     optimizer.eval(model);
///     let result = accuracy(model);
///     optimizer.train(model);
///     result
/// }
/// ```
///
/// # Numerics
/// `y`, `z` and the mean square are of the computing type, weights f64. Turning parameters into `x` and back rounds
/// them.
///
/// # Source
/// A. Defazio et al., "The road less scheduled", 2024, <https://arxiv.org/abs/2405.15682>; the same steps as the
/// authors' `AdamWScheduleFree`, <https://github.com/facebookresearch/schedule_free>.
#[derive(Clone, Debug)]
pub struct ScheduleFreeAdamW {
    lr: f64,
    beta1: f64,
    beta2: f64,
    eps: f64,
    weight_decay: f64,
    warmup_steps: u64,
    r: f64,
    weight_lr_power: f64,
    maximize: bool,
    memory: Memory,
}

optimizer!(ScheduleFreeAdamW, {
    #[track_caller]
    fn eval<M: Model>(&mut self, model: &mut M) {
        ScheduleFreeAdamW::eval(self, model);
    }
    #[track_caller]
    fn train<M: Model>(&mut self, model: &mut M) {
        ScheduleFreeAdamW::train(self, model);
    }
    #[track_caller]
    fn averaged<M: Model>(&self, model: &M) -> Option<M> {
        ScheduleFreeAdamW::averaged(self, model)
    }
});

/// Places of the scalars.
const WEIGHT_SUM: usize = 0;
const LARGEST_LR: usize = 1;
const IS_AVERAGE: usize = 2;

impl ScheduleFreeAdamW {
    /// An optimizer of this learning rate, with the authors' defaults for the rest: betas 0.9 and 0.999, eps 1e-8, no
    /// weight decay, no warm-up, r 0, weight_lr_power 2. Their learning rate is 2.5e-3.
    ///
    /// # Panics
    /// When `lr` is negative or not finite.
    #[track_caller]
    pub fn new(lr: f64) -> ScheduleFreeAdamW {
        ScheduleFreeAdamW {
            lr: at_least_zero("lr", lr),
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            warmup_steps: 0,
            r: 0.0,
            weight_lr_power: 2.0,
            maximize: false,
            memory: Memory::default(),
        }
    }

    setting!(eps);
    setting!(decoupled_weight_decay);
    setting!(maximize);

    /// Part of the average in the point at which gradients are taken, and decay of the mean square.
    ///
    /// # Panics
    /// When one is not below 1 or negative, or the first is 0, from which the average could not be found again.
    #[must_use]
    #[track_caller]
    pub fn betas(mut self, beta1: f64, beta2: f64) -> ScheduleFreeAdamW {
        assert!(0.0 < beta1 && beta1 < 1.0, "`beta1` is {beta1}, but must be above 0 and below 1");
        self.beta1 = beta1;
        self.beta2 = super::below_one("beta2", beta2);
        self
    }

    /// Steps over which the learning rate rises linearly; a schedule for it is not needed otherwise.
    #[must_use]
    pub fn warmup_steps(mut self, warmup_steps: u64) -> ScheduleFreeAdamW {
        self.warmup_steps = warmup_steps;
        self
    }

    /// Power of the number of a step in its weight in the average.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn r(mut self, r: f64) -> ScheduleFreeAdamW {
        self.r = at_least_zero("r", r);
        self
    }

    /// Power of the largest learning rate so far in the weight of a step.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn weight_lr_power(mut self, power: f64) -> ScheduleFreeAdamW {
        self.weight_lr_power = at_least_zero("weight_lr_power", power);
        self
    }

    /// Turns the parameters of the model into their average; nothing when they are that already, or before the first
    /// step.
    ///
    /// # Panics
    /// When the optimizer has been used with a model of another layout.
    #[track_caller]
    pub fn eval<M: Model>(&mut self, model: &mut M) {
        self.turn(model, true, self.to_average());
    }

    /// Turns the parameters of the model from their average into the point at which training goes on; nothing when they
    /// are that already.
    ///
    /// # Panics
    /// When the optimizer has been used with a model of another layout.
    #[track_caller]
    pub fn train<M: Model>(&mut self, model: &mut M) {
        self.turn(model, false, 1.0 - self.beta1);
    }

    /// Another model with the average as its parameters, while training goes on with this one; nothing when they are that
    /// already, or before the first step.
    ///
    /// # Panics
    /// When the optimizer has been used with a model of another layout.
    #[track_caller]
    pub fn averaged<M: Model>(&self, model: &M) -> Option<M> {
        self.memory.check::<M>("ScheduleFreeAdamW");
        let is_between = self.memory.scalars().get(IS_AVERAGE) == Some(&0.0);
        is_between.then(|| {
            let mut averaged = M::from_state(model.state().clone());
            self.move_to_base(&mut averaged, self.to_average());
            averaged
        })
    }

    #[track_caller]
    fn turn<M: Model>(&mut self, model: &mut M, to_average: bool, weight: f64) {
        self.memory.check::<M>("ScheduleFreeAdamW");
        match self.memory.scalars_mut() {
            [_, _, is_average] if (*is_average != 0.0) != to_average => *is_average = f64::from(to_average),
            _ => return,
        }
        self.move_to_base(model, weight);
    }

    /// How far from `y` towards `z` is `x`: `y` lies between them, so that it is the other way.
    fn to_average(&self) -> f64 {
        1.0 - 1.0 / self.beta1
    }

    /// Moves parameters by this part of their way to `z`.
    fn move_to_base<M: Model>(&self, model: &mut M, weight: f64) {
        let base = self.memory.moment(0);
        lerp(&mut model.state_mut().values_mut()[..base.len()], base, weight);
    }

    fn plan(&self) -> Plan<'_> {
        Plan { scalars: &[0.0; 3], ..Plan::moments(2) }
    }

    #[track_caller]
    fn apply(&mut self, subject: Either<Subjects<'_>>) {
        in_float!(subject, |subject| {
            let ScheduleFreeAdamW { lr, beta1, beta2, eps, weight_decay, warmup_steps, .. } = *self;
            let (r, weight_lr_power, maximize) = (self.r, self.weight_lr_power, self.maximize);
            assert!(
                self.memory.scalars_mut()[IS_AVERAGE] == 0.0,
                "the parameters of `{}` are their average; call `train` before the next step",
                subject.model
            );
            if self.memory.steps() == 0 {
                let base = self.memory.moment_mut::<Float>(0);
                base.copy_from_slice(&subject.state.values()[..base.len()]);
            }
            self.memory.step(subject, |step, scalars| {
                let power = step as f64;
                let lr = if step < warmup_steps { lr * power / warmup_steps as f64 } else { lr };
                scalars[LARGEST_LR] = scalars[LARGEST_LR].max(lr);
                let weight = power.powf(r) * scalars[LARGEST_LR].powf(weight_lr_power);
                scalars[WEIGHT_SUM] += weight;
                // As long as all rates have been zero there is nothing to average.
                let weight = if weight > 0.0 { weight / scalars[WEIGHT_SUM] } else { 0.0 };
                let root_factor = (1.0 / (1.0 - beta2.powf(power)).sqrt()) as Float;
                move |run: &Run, params: &mut [Float], [base, square]: [&mut [Float]; 2], grads: &[Float]| {
                    let lr = lr * run.lr_scale;
                    let options = ops::schedule_free::ScheduleFreeOptions {
                        lr: lr as Float,
                        sign: sign(maximize),
                        beta2: beta2 as Float,
                        one_minus_beta2: (1.0 - beta2) as Float,
                        root_factor,
                        eps: eps as Float,
                        weight_decay: run.weight_decay(weight_decay) as Float,
                        weight: weight as Float,
                        param_lr: (lr * (1.0 - beta1 * (1.0 - weight))) as Float,
                    };
                    ops::schedule_free::schedule_free(&options, params, base, square, grads);
                }
            });
        })
    }
}
