//! Callbacks that most runs can use.

use std::time::{Duration, Instant};

use super::TrainError;
use super::callback::{Callback, Moment, Run};
use super::observer::{Event, Observer, observer};
use crate::metrics::Direction;
use crate::optim::{Plateau, PlateauState};
use crate::{Model, ModelGrads};

/// Stops a run whose value has not become better for some epochs.
///
/// ```
/// use macrograd::train::EarlyStopping;
///
/// let callback = EarlyStopping::new("val_loss").patience(5).min_delta(1e-3);
/// ```
#[derive(Clone, Debug)]
pub struct EarlyStopping {
    value: String,
    direction: Direction,
    patience: u64,
    min_delta: f64,
    best: Option<f64>,
    num_bad: u64,
    /// Whether what it knows is of a run that goes on.
    is_restored: bool,
}

impl EarlyStopping {
    /// Looks at a value that should fall, such as `val_loss`, with a patience of 3 epochs.
    pub fn new(value: impl Into<String>) -> Self {
        EarlyStopping {
            value: value.into(),
            direction: Direction::LowerIsBetter,
            patience: 3,
            min_delta: 0.0,
            best: None,
            num_bad: 0,
            is_restored: false,
        }
    }

    /// For a value that should grow, such as `val_accuracy`.
    #[must_use]
    pub fn maximize(mut self) -> Self {
        self.direction = Direction::HigherIsBetter;
        self
    }

    /// How many epochs may pass without a better value.
    #[must_use]
    pub fn patience(mut self, epochs: u64) -> Self {
        self.patience = epochs;
        self
    }

    /// By how much a value has to be better.
    ///
    /// # Panics
    /// When it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn min_delta(mut self, min_delta: f64) -> Self {
        assert!(
            min_delta >= 0.0 && min_delta.is_finite(),
            "`min_delta` is {min_delta}, but must not be negative"
        );
        self.min_delta = min_delta;
        self
    }

    fn is_better(&self, value: f64) -> bool {
        match (self.best, self.direction) {
            (None, _) => !value.is_nan(),
            (Some(best), Direction::HigherIsBetter) => value > best + self.min_delta,
            (Some(best), Direction::LowerIsBetter) => value < best - self.min_delta,
        }
    }
}

impl Observer for EarlyStopping {
    fn on(&mut self, event: Event, run: &mut Run<'_>) -> Result<(), TrainError> {
        match event {
            Event::Start => {
                if !std::mem::take(&mut self.is_restored) {
                    (self.best, self.num_bad) = (None, 0);
                }
            }
            Event::Epoch => {
                let Some(value) = run.validated(&self.value, "EarlyStopping")? else { return Ok(()) };
                if self.is_better(value) {
                    (self.best, self.num_bad) = (Some(value), 0);
                } else {
                    self.num_bad += 1;
                }
            }
            _ => return Ok(()),
        }
        // In the beginning, too: a run that has ended so goes on only with more patience.
        if self.num_bad > 0 && self.num_bad >= self.patience {
            let best = self.best.map_or("a number".to_owned(), |best| format!("better than {best}"));
            run.stop(format!("`{}` has not become {best} for {} epochs", self.value, self.num_bad));
        }
        Ok(())
    }

    fn name(&self) -> &str {
        "early_stopping"
    }

    fn state(&self) -> Option<String> {
        Some(format!("{} {}", self.best.unwrap_or(f64::NAN), self.num_bad))
    }

    fn restore(&mut self, state: &str) -> Result<(), TrainError> {
        let [best, num_bad] = numbers(state, "EarlyStopping")?;
        (self.best, self.num_bad) = ((!best.is_nan()).then_some(best), num_bad as u64);
        self.is_restored = true;
        Ok(())
    }
}
observer!(EarlyStopping);

/// The numbers of a state.
fn numbers<const N: usize>(state: &str, of: &str) -> Result<[f64; N], TrainError> {
    let numbers: Option<Vec<f64>> = state.split(' ').map(|number| number.parse().ok()).collect();
    numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(|| {
        TrainError::Callback(
            format!("the state of `{of}` in the checkpoint cannot be read: `{state}`").into(),
        )
    })
}

/// Lowers the learning rate when a value has stopped to improve: a [`Plateau`] whose rate is a factor, on top of the
/// schedule.
///
/// ```
/// use macrograd::optim::Plateau;
/// use macrograd::train::ReduceOnPlateau;
///
/// let callback = ReduceOnPlateau::new("val_loss", Plateau::new(1.0).factor(0.5).patience(2));
/// ```
#[derive(Clone, Debug)]
pub struct ReduceOnPlateau {
    value: String,
    plateau: Plateau,
}

impl ReduceOnPlateau {
    /// Looks at a value after each epoch. Of the rate of `plateau` only changes matter: 1 is a good start.
    pub fn new(value: impl Into<String>, plateau: Plateau) -> Self {
        ReduceOnPlateau { value: value.into(), plateau }
    }
}

impl Observer for ReduceOnPlateau {
    fn on(&mut self, event: Event, run: &mut Run<'_>) -> Result<(), TrainError> {
        if event != Event::Epoch {
            return Ok(());
        }
        let Some(value) = run.validated(&self.value, "ReduceOnPlateau")? else { return Ok(()) };
        let before = self.plateau.lr();
        let now = self.plateau.update(value);
        if now != before {
            run.scale_lr(now / before);
        }
        Ok(())
    }

    fn name(&self) -> &str {
        "reduce_on_plateau"
    }

    fn state(&self) -> Option<String> {
        let PlateauState { lr, best, num_bad, cooldown_left } = self.plateau.state();
        Some(format!("{lr} {best} {num_bad} {cooldown_left}"))
    }

    fn restore(&mut self, state: &str) -> Result<(), TrainError> {
        let [lr, best, num_bad, cooldown_left] = numbers(state, "ReduceOnPlateau")?;
        let (num_bad, cooldown_left) = (num_bad as u64, cooldown_left as u64);
        self.plateau.restore(PlateauState { lr, best, num_bad, cooldown_left });
        Ok(())
    }
}
observer!(ReduceOnPlateau);

/// Stops a run after some time: between two steps, so that it can be resumed. The time before an interruption counts for
/// nothing.
#[derive(Clone, Debug)]
pub struct TimeLimit {
    limit: Duration,
    start: Instant,
}

impl TimeLimit {
    /// Stops this long after the start of the run.
    pub fn new(limit: Duration) -> Self {
        TimeLimit { limit, start: Instant::now() }
    }
}

impl Observer for TimeLimit {
    fn on(&mut self, event: Event, run: &mut Run<'_>) -> Result<(), TrainError> {
        match event {
            Event::Start => self.start = Instant::now(),
            Event::Step if self.start.elapsed() >= self.limit => {
                run.stop(format!("the time limit of {:?} is over", self.limit));
            }
            _ => {}
        }
        Ok(())
    }
}
observer!(TimeLimit);

/// Logs how large parameters and gradients are at the end of each epoch: `grad_norm` and `param_norm` of all trained
/// parameters, and with [`by_tensor`](Statistics::by_tensor) those of each under its name.
///
/// # Numerics
/// Euclidean norms, sums in f64. Gradients are those of the last step, before clipping.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    by_tensor: bool,
    /// Names and norms of the gradients of the last step.
    grads: Vec<(String, f64)>,
}

impl Statistics {
    /// Norms of all together.
    pub fn new() -> Self {
        Statistics::default()
    }

    /// Norms of each parameter, too: `grad_norm/conv1.weight`.
    #[must_use]
    pub fn by_tensor(mut self) -> Self {
        self.by_tensor = true;
        self
    }

    /// The norm of everything, and perhaps those of the tensors.
    fn norms<M: Model>(&self, what: &str, values: &[M::Float]) -> Vec<(String, f64)> {
        let squares: Vec<(&str, f64)> = squares::<M>(values).collect();
        let all = squares.iter().map(|(_, square)| square).sum::<f64>().sqrt();
        let mut norms = vec![(what.to_owned(), all)];
        if self.by_tensor {
            norms.extend(squares.iter().map(|(name, square)| (format!("{what}/{name}"), square.sqrt())));
        }
        norms
    }
}

/// The names of all trained parameters with the sums of their squares, in parameters or gradients of these values.
pub(super) fn squares<M: Model>(values: &[M::Float]) -> impl Iterator<Item = (&'static str, f64)> {
    let layout = M::layout();
    let trained = layout.tensors.iter().filter(|tensor| tensor.offset < layout.trainable_len);
    trained.map(|tensor| {
        let values = &values[tensor.offset..][..tensor.numel()];
        (tensor.name, values.iter().map(|&value| value.into().powi(2)).sum())
    })
}

impl<M: Model> Callback<M> for Statistics {
    fn on_gradients(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        // Of the last step of an epoch only: norms of every step would cost as much as the optimizer.
        if moment.progress.batch == moment.progress.batches {
            self.grads = self.norms::<M>("grad_norm", moment.grads.gradients().values());
        }
        Ok(())
    }

    fn on_epoch(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        let params = self.norms::<M>("param_norm", moment.model.state().values());
        for (name, norm) in std::mem::take(&mut self.grads).into_iter().chain(params) {
            moment.log(name, norm);
        }
        Ok(())
    }
}
