//! What happens during a run besides training: callbacks, and what they see and decide.

use std::path::Path;
use std::time::Duration;

use super::observer::Event;
#[cfg(feature = "dashboard")]
use super::trainer::Settings;
use super::{History, TrainError};
use crate::Model;

/// Something that is called while a model is trained: it may look at everything, log values, change parameters and
/// gradients, and stop the run.
///
/// ```
/// use macrograd::Model;
/// use macrograd::train::{Callback, Moment, TrainError};
///
/// /// Stops when the loss is small enough.
/// struct GoodEnough(f64);
///
/// impl<M: Model> Callback<M> for GoodEnough {
///     fn on_epoch(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
///         if moment.require("loss", "GoodEnough")? < self.0 {
///             moment.stop("the loss is small enough");
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Callback<M: Model>: Send {
    /// Before the first step, also of a run that is continued.
    ///
    /// # Errors
    /// Any error ends the run, here and below.
    fn on_start(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        let _ = moment;
        Ok(())
    }

    /// Before a step of the optimizer, which takes the gradients as they are left.
    ///
    /// # Errors
    /// Any.
    fn on_gradients(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        let _ = moment;
        Ok(())
    }

    /// After a step of the optimizer.
    ///
    /// # Errors
    /// Any.
    fn on_step(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        let _ = moment;
        Ok(())
    }

    /// After an epoch and its validation, before it is logged and saved.
    ///
    /// # Errors
    /// Any.
    fn on_epoch(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        let _ = moment;
        Ok(())
    }

    /// After an epoch, when its row stands in the history.
    ///
    /// # Errors
    /// Any.
    fn on_record(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        let _ = moment;
        Ok(())
    }

    /// When the run has ended, unless by an error; the history says how.
    ///
    /// # Errors
    /// Any.
    fn on_end(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        let _ = moment;
        Ok(())
    }

    /// When the run has ended by an error, before `fit` returns it; perhaps even before the run has started.
    fn on_error(&mut self, error: &TrainError) {
        let _ = error;
    }

    /// Whether the callback shows the run by itself. The trainer then has no bar, and prints no lines.
    fn is_display(&self) -> bool {
        false
    }

    /// Under which name the state of the callback stands in checkpoints; needed by those that have one.
    fn name(&self) -> &str {
        ""
    }

    /// What the callback remembers, so that a run that is continued goes on as if it had never stopped.
    fn state(&self) -> Option<String> {
        None
    }

    /// Takes up an earlier [`state`](Callback::state).
    ///
    /// # Errors
    /// When it cannot be read.
    fn restore(&mut self, state: &str) -> Result<(), TrainError> {
        let _ = state;
        Ok(())
    }
}

/// How far a run is.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Progress {
    /// Number of the epoch, from 0.
    pub epoch: u64,
    /// Epochs of the run.
    pub epochs: u64,
    /// Steps of the optimizer so far.
    pub step: u64,
    /// Steps of the whole run.
    pub steps: u64,
    /// Batches of the epoch so far.
    pub batch: usize,
    /// Batches of an epoch.
    pub batches: usize,
    /// Samples of the epoch so far.
    pub samples: usize,
    /// Samples of an epoch.
    pub num_samples: usize,
    /// Loss of the last batch.
    pub loss: f64,
    /// Mean loss of the epoch so far.
    pub mean_loss: f64,
    /// Learning rate of the last step.
    pub lr: f64,
    /// Euclidean norm of the gradient before clipping, where the run clips by it.
    pub grad_norm: Option<f64>,
    /// Since the epoch began, or was continued.
    pub elapsed: Duration,
    /// Part of it that was spent waiting for batches.
    pub waited: Duration,
    /// Samples of the epoch since then.
    pub samples_since: usize,
}

impl Progress {
    /// Samples per second of training in this epoch; 0 before the first step.
    pub fn samples_per_second(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 { self.samples_since as f64 / seconds } else { 0.0 }
    }

    /// The part of the time that was spent waiting for batches, from 0 to 1.
    pub fn waiting_share(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 { self.waited.as_secs_f64() / seconds } else { 0.0 }
    }

    /// How long the run will go on, by its speed in this epoch; `None` before the first step.
    pub fn time_left(&self) -> Option<Duration> {
        let speed = self.samples_per_second();
        let epochs_after = self.epochs.saturating_sub(self.epoch + 1);
        let of_epoch = self.num_samples.saturating_sub(self.samples) as f64;
        let samples = epochs_after as f64 * self.num_samples as f64 + of_epoch;
        Duration::try_from_secs_f64(samples / speed).ok()
    }
}

/// What a callback sees of a run, and may change.
pub struct Moment<'a, M: Model> {
    /// The model that is trained.
    pub model: &'a mut M,
    /// Gradients of the last step.
    pub grads: &'a mut M::Grads,
    /// How far the run is.
    pub progress: &'a Progress,
    /// The epochs before.
    pub history: &'a History,
    /// Where the run keeps its files, if it does.
    pub folder: Option<&'a Path>,
    pub(super) run: Run<'a>,
}

impl<'a, M: Model> Moment<'a, M> {
    pub(super) fn new(model: &'a mut M, grads: &'a mut M::Grads, run: Run<'a>) -> Self {
        let Run { progress, history, folder, .. } = run;
        Moment { model, grads, progress, history, folder, run }
    }

    /// Names and values of this epoch so far; complete in `on_epoch`.
    pub fn values(&self) -> &[(String, f64)] {
        self.run.values()
    }

    /// The value of this epoch with this name.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.run.value(name)
    }

    /// The value of this epoch with this name, for a callback that needs it.
    ///
    /// # Errors
    /// [`TrainError::UnknownValue`], with the names that there are.
    pub fn require(&self, name: &str, wanted_by: &str) -> Result<f64, TrainError> {
        self.run.require(name, wanted_by)
    }

    /// As [`require`](Moment::require); nothing for a `val_` value in an epoch that is not validated, as
    /// [`validate_every`](super::Trainer::validate_every) says.
    ///
    /// # Errors
    /// As for [`require`](Moment::require).
    pub fn validated(&self, name: &str, wanted_by: &str) -> Result<Option<f64>, TrainError> {
        self.run.validated(name, wanted_by)
    }

    /// Adds a value to the row of this epoch, or replaces it.
    pub fn log(&mut self, name: impl Into<String>, value: f64) {
        set(self.run.values, name.into(), value);
    }

    /// Ends the run after this step, or in `on_epoch` after this epoch, as a success.
    pub fn stop(&mut self, reason: impl Into<String>) {
        self.run.stop(reason.into());
    }

    /// Ends the run after this step as Ctrl-C does: it is saved, can be resumed, and counts as
    /// [`Interrupted`](super::Ended::Interrupted).
    pub fn interrupt(&mut self) {
        self.run.control.is_interrupted = true;
    }

    /// Multiplies the learning rate of all later steps, on top of the schedule and of earlier factors.
    pub fn scale_lr(&mut self, factor: f64) {
        self.run.scale_lr(factor);
    }
}

/// What a callback sees of a run besides the model.
pub(super) struct Run<'a> {
    pub(super) progress: &'a Progress,
    pub(super) history: &'a History,
    pub(super) folder: Option<&'a Path>,
    pub(super) values: &'a mut Vec<(String, f64)>,
    pub(super) control: &'a mut Control,
    #[cfg(feature = "dashboard")]
    pub(super) settings: &'a Settings,
    pub(super) skips_validation: bool,
}

/// What callbacks decide.
#[derive(Clone, Debug)]
pub(super) struct Control {
    pub(super) stop: Option<String>,
    pub(super) is_interrupted: bool,
    pub(super) lr_factor: f64,
}

/// As for [`Moment`].
impl Run<'_> {
    pub(super) fn values(&self) -> &[(String, f64)] {
        self.values
    }

    pub(super) fn value(&self, name: &str) -> Option<f64> {
        self.values.iter().find(|(known, _)| known == name).map(|&(_, value)| value)
    }

    pub(super) fn require(&self, name: &str, wanted_by: &str) -> Result<f64, TrainError> {
        self.value(name).ok_or_else(|| {
            let known: Vec<String> = self.values.iter().map(|(name, _)| format!("`{name}`")).collect();
            let (wanted_by, name) = (wanted_by.to_owned(), name.to_owned());
            TrainError::UnknownValue { wanted_by, name, known: known.join(", ") }
        })
    }

    pub(super) fn validated(&self, name: &str, wanted_by: &str) -> Result<Option<f64>, TrainError> {
        if name.starts_with("val_") && self.skips_validation {
            return Ok(None);
        }
        self.require(name, wanted_by).map(Some)
    }

    pub(super) fn stop(&mut self, reason: String) {
        self.control.stop.get_or_insert(reason);
    }

    pub(super) fn scale_lr(&mut self, factor: f64) {
        self.control.lr_factor *= factor;
    }
}

/// Adds a value, or replaces it.
pub(super) fn set(values: &mut Vec<(String, f64)>, name: String, value: f64) {
    match values.iter_mut().find(|(known, _)| *known == name) {
        Some(known) => known.1 = value,
        None => values.push((name, value)),
    }
}

/// A closure that is called at one kind of moment.
pub(super) struct Closure<F> {
    pub(super) at: Event,
    pub(super) call: F,
}

impl<M: Model, F: FnMut(&mut Moment<'_, M>) -> Result<(), TrainError> + Send> Callback<M> for Closure<F> {
    fn on_gradients(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        if self.at == Event::Gradients { (self.call)(moment) } else { Ok(()) }
    }
    fn on_step(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        if self.at == Event::Step { (self.call)(moment) } else { Ok(()) }
    }
    fn on_epoch(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        if self.at == Event::Epoch { (self.call)(moment) } else { Ok(()) }
    }
}
