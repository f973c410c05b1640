//! Learning rates that depend on the step.

mod one_cycle;
mod plateau;

use std::fmt;
use std::sync::Arc;

pub use one_cycle::OneCycle;
pub use plateau::{Plateau, PlateauState};

use super::settings::at_least_zero;

/// How the learning rate depends on the step: a plain value that gives the rate of any step.
///
/// A schedule remembers nothing, so a run continues where it stopped with the number of its step alone. It is a factor,
/// 1 unless said otherwise; [`times`](Schedule::times) turns it into a rate. Schedules are put together with
/// [`then`](Schedule::then) (one after the other) and [`product`](Schedule::product) (all at once). The first step is
/// step 0, and steps may be batches or epochs.
///
/// ```
/// use macrograd::optim::{AdamW, Schedule};
///
/// let steps = 1000;
/// let schedule = Schedule::linear(0.01, 1.0, 100).then(100, Schedule::cosine(steps - 100, 0.1)).times(3e-4);
/// let mut optimizer = AdamW::new(schedule.lr(0));
/// for step in 0..steps {
///     optimizer.set_lr(schedule.lr(step));
///     // … the gradient, and `optimizer.step(…)`
/// }
/// assert_eq!(schedule.lr(100), 3e-4);
/// ```
///
/// # Numerics
/// f64; each step is computed by itself, so errors do not add up.
#[derive(Clone, Debug)]
pub struct Schedule {
    scale: f64,
    shape: Shape,
}

#[derive(Clone)]
enum Shape {
    Constant,
    Reduced { factor: f64, steps: u64 },
    Step { step_size: u64, gamma: f64 },
    MultiStep { milestones: Vec<u64>, gamma: f64 },
    Exponential { gamma: f64 },
    Linear { start: f64, end: f64, steps: u64 },
    Polynomial { steps: u64, power: f64 },
    Cosine { steps: u64, end: f64 },
    Anneal { steps: u64, end: f64 },
    WarmRestarts { first: u64, multiplier: u64, end: f64 },
    OneCycle(OneCycle),
    Lambda(Arc<dyn Fn(u64) -> f64 + Send + Sync>),
    Sequential { first: Box<Schedule>, milestone: u64, then: Box<Schedule> },
    Product(Vec<Schedule>),
}

impl Schedule {
    /// Always 1.
    pub fn constant() -> Schedule {
        Shape::Constant.into()
    }

    /// `factor` for so many steps, then 1 (PyTorch's `ConstantLR`).
    ///
    /// # Panics
    /// When `factor` is negative or not finite.
    #[track_caller]
    pub fn reduced(factor: f64, steps: u64) -> Schedule {
        Shape::Reduced { factor: at_least_zero("factor", factor), steps }.into()
    }

    /// `gamma` to the number of times that `step_size` steps have passed (PyTorch's `StepLR`).
    ///
    /// # Panics
    /// When `step_size` is 0, or `gamma` is negative or not finite.
    #[track_caller]
    pub fn step(step_size: u64, gamma: f64) -> Schedule {
        assert!(step_size > 0, "`step_size` is 0, but must be positive");
        Shape::Step { step_size, gamma: at_least_zero("gamma", gamma) }.into()
    }

    /// `gamma` to the number of milestones that have been reached (PyTorch's `MultiStepLR`). A milestone that occurs
    /// twice counts twice.
    ///
    /// # Panics
    /// When `gamma` is negative or not finite.
    #[track_caller]
    pub fn multi_step(milestones: impl Into<Vec<u64>>, gamma: f64) -> Schedule {
        Shape::MultiStep { milestones: milestones.into(), gamma: at_least_zero("gamma", gamma) }.into()
    }

    /// `gamma^step` (PyTorch's `ExponentialLR`).
    ///
    /// # Panics
    /// When `gamma` is negative or not finite.
    #[track_caller]
    pub fn exponential(gamma: f64) -> Schedule {
        Shape::Exponential { gamma: at_least_zero("gamma", gamma) }.into()
    }

    /// From `start` to `end` in so many steps, then `end` (PyTorch's `LinearLR`), as for a warm-up.
    ///
    /// # Panics
    /// When `start` or `end` is negative or not finite.
    #[track_caller]
    pub fn linear(start: f64, end: f64, steps: u64) -> Schedule {
        Shape::Linear { start: at_least_zero("start", start), end: at_least_zero("end", end), steps }.into()
    }

    /// `(1 - step / steps)^power`, then 0 (PyTorch's `PolynomialLR`).
    ///
    /// # Panics
    /// When `steps` is 0, or `power` is negative or not finite.
    #[track_caller]
    pub fn polynomial(steps: u64, power: f64) -> Schedule {
        assert!(steps > 0, "`steps` is 0, but must be positive");
        Shape::Polynomial { steps, power: at_least_zero("power", power) }.into()
    }

    /// From 1 to `end` along half a cosine: `end + (1 - end) (1 + cos(pi step / steps)) / 2` (PyTorch's
    /// `CosineAnnealingLR`, whose `eta_min` is `end` times the rate). Further steps go back up the same way; to stay at
    /// the end see [`anneal`](Schedule::anneal).
    ///
    /// # Panics
    /// When `steps` is 0, or `end` is negative or not finite.
    ///
    /// # Source
    /// I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.
    #[track_caller]
    pub fn cosine(steps: u64, end: f64) -> Schedule {
        assert!(steps > 0, "`steps` is 0, but must be positive");
        Shape::Cosine { steps, end: at_least_zero("end", end) }.into()
    }

    /// From 1 to `end` along half a cosine, then `end` (PyTorch's `SWALR`); `steps` of 0 is `end` from step 1 on.
    ///
    /// # Panics
    /// When `end` is negative or not finite.
    #[track_caller]
    pub fn anneal(steps: u64, end: f64) -> Schedule {
        Shape::Anneal { steps, end: at_least_zero("end", end) }.into()
    }

    /// From 1 to `end` along half a cosine in `first` steps, and again from 1, each time in `multiplier` times as many
    /// (PyTorch's `CosineAnnealingWarmRestarts`, whose `eta_min` is `end` times the rate).
    ///
    /// # Panics
    /// When `first` or `multiplier` is 0, or `end` is negative or not finite.
    ///
    /// # Source
    /// I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.
    #[track_caller]
    pub fn warm_restarts(first: u64, multiplier: u64, end: f64) -> Schedule {
        assert!(
            first > 0 && multiplier > 0,
            "`first` is {first} and `multiplier` {multiplier}, but must be positive"
        );
        Shape::WarmRestarts { first, multiplier, end: at_least_zero("end", end) }.into()
    }

    /// Any function of the step (PyTorch's `LambdaLR`).
    ///
    /// ```
    /// use macrograd::optim::Schedule;
    ///
    /// let inverse_root = Schedule::lambda(|step| 1.0 / (1.0 + step as f64).sqrt());
    /// assert_eq!(inverse_root.lr(3), 0.5);
    /// ```
    pub fn lambda(factor: impl Fn(u64) -> f64 + Send + Sync + 'static) -> Schedule {
        Shape::Lambda(Arc::new(factor)).into()
    }

    /// The product of schedules that all run from the first step on (PyTorch's `ChainedScheduler`).
    pub fn product(schedules: impl Into<Vec<Schedule>>) -> Schedule {
        Shape::Product(schedules.into()).into()
    }

    /// This schedule up to a step, from which on another one runs from its own first step (PyTorch's `SequentialLR`).
    ///
    /// For more than two, the milestones of all count from the first step of the first:
    /// `a.then(10, b).then(30, c)`.
    #[must_use]
    pub fn then(self, milestone: u64, then: Schedule) -> Schedule {
        Shape::Sequential { first: Box::new(self), milestone, then: Box::new(then) }.into()
    }

    /// This schedule times a number: the learning rate, for most.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn times(mut self, factor: f64) -> Schedule {
        self.scale *= at_least_zero("factor", factor);
        self
    }

    /// The learning rate of a step, from 0 on.
    pub fn lr(&self, step: u64) -> f64 {
        self.scale * self.shape.factor(step)
    }

    /// The momentum of a step, from 0 on, where [`OneCycle`] sets one.
    pub fn momentum(&self, step: u64) -> Option<f64> {
        match &self.shape {
            Shape::OneCycle(cycle) => cycle.momentum_at(step),
            Shape::Sequential { first, milestone, then } => match step.checked_sub(*milestone) {
                Some(step) => then.momentum(step),
                None => first.momentum(step),
            },
            Shape::Product(schedules) => schedules.iter().find_map(|schedule| schedule.momentum(step)),
            Shape::Constant
            | Shape::Reduced { .. }
            | Shape::Step { .. }
            | Shape::MultiStep { .. }
            | Shape::Exponential { .. }
            | Shape::Linear { .. }
            | Shape::Polynomial { .. }
            | Shape::Cosine { .. }
            | Shape::Anneal { .. }
            | Shape::WarmRestarts { .. }
            | Shape::Lambda(_) => None,
        }
    }
}

impl From<Shape> for Schedule {
    fn from(shape: Shape) -> Schedule {
        Schedule { scale: 1.0, shape }
    }
}

impl From<OneCycle> for Schedule {
    fn from(cycle: OneCycle) -> Schedule {
        Shape::OneCycle(cycle).into()
    }
}

impl Shape {
    fn factor(&self, step: u64) -> f64 {
        let at = step as f64;
        match *self {
            Shape::Constant => 1.0,
            Shape::Reduced { factor, steps } => {
                if step < steps {
                    factor
                } else {
                    1.0
                }
            }
            Shape::Step { step_size, gamma } => gamma.powf((step / step_size) as f64),
            Shape::MultiStep { ref milestones, gamma } => {
                gamma.powf(milestones.iter().filter(|&&milestone| milestone <= step).count() as f64)
            }
            Shape::Exponential { gamma } => gamma.powf(at),
            Shape::Linear { start, end, steps } => start + (end - start) * part(step, steps),
            Shape::Polynomial { steps, power } => (1.0 - part(step, steps)).powf(power),
            Shape::Cosine { steps, end } => half_cosine(1.0, end, at / steps as f64),
            Shape::Anneal { steps: 0, end } => half_cosine(1.0, end, at.min(1.0)),
            Shape::Anneal { steps, end } => half_cosine(1.0, end, part(step, steps)),
            Shape::WarmRestarts { first, multiplier, end } => {
                let (mut since, mut length) = (step, first);
                if multiplier == 1 {
                    since %= first;
                }
                while since >= length {
                    since -= length;
                    length = length.saturating_mul(multiplier);
                }
                half_cosine(1.0, end, since as f64 / length as f64)
            }
            Shape::OneCycle(ref cycle) => cycle.factor(step),
            Shape::Lambda(ref factor) => factor(step),
            Shape::Sequential { ref first, milestone, ref then } => match step.checked_sub(milestone) {
                Some(step) => then.lr(step),
                None => first.lr(step),
            },
            Shape::Product(ref schedules) => schedules.iter().map(|schedule| schedule.lr(step)).product(),
        }
    }
}

/// How much of so many steps has passed, at most 1.
fn part(step: u64, steps: u64) -> f64 {
    if step >= steps { 1.0 } else { step as f64 / steps as f64 }
}

/// From `start` at 0 to `end` at 1.
fn half_cosine(start: f64, end: f64, part: f64) -> f64 {
    end + (start - end) * (1.0 + (std::f64::consts::PI * part).cos()) / 2.0
}

impl fmt::Debug for Shape {
    /// As the call that makes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Constant => write!(f, "constant()"),
            Shape::Reduced { factor, steps } => write!(f, "reduced({factor}, {steps})"),
            Shape::Step { step_size, gamma } => write!(f, "step({step_size}, {gamma})"),
            Shape::MultiStep { milestones, gamma } => write!(f, "multi_step({milestones:?}, {gamma})"),
            Shape::Exponential { gamma } => write!(f, "exponential({gamma})"),
            Shape::Linear { start, end, steps } => write!(f, "linear({start}, {end}, {steps})"),
            Shape::Polynomial { steps, power } => write!(f, "polynomial({steps}, {power})"),
            Shape::Cosine { steps, end } => write!(f, "cosine({steps}, {end})"),
            Shape::Anneal { steps, end } => write!(f, "anneal({steps}, {end})"),
            Shape::WarmRestarts { first, multiplier, end } => {
                write!(f, "warm_restarts({first}, {multiplier}, {end})")
            }
            Shape::OneCycle(cycle) => cycle.fmt(f),
            Shape::Lambda(_) => write!(f, "lambda(…)"),
            Shape::Sequential { first, milestone, then } => {
                write!(f, "{first:?}.then({milestone}, {then:?})")
            }
            Shape::Product(schedules) => write!(f, "product({schedules:?})"),
        }
    }
}
