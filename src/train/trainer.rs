//! How a run is declared.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use macrograd_runtime::Workspace;

use super::TrainError;
use super::callback::{Callback, Closure, Moment};
use super::engine::with_judged;
use super::judge::{Evaluation, Judge, Metrics};
use super::observer::Event;
use super::saving::ALLOWANCE;
use super::source::Source;
use crate::data::{Dataset, Loader, Sample};
use crate::metrics::{Direction, Metric};
use crate::optim::{Adam, Averaged, Optimizer, Schedule};
use crate::{Error, Model};

/// Trains a model on the batches of a [`Loader`], judges it, logs, saves, and continues what was interrupted.
///
/// It is ordinary Rust around the functions of the model: `loss_grad_batch` takes a batch as one tuple, in the order of
/// the arguments of `loss`, and so does a closure that does more.
///
/// ```
/// # #[cfg(feature = "embedded-data")] {
/// use macrograd::data::{Digits, Loader};
/// use macrograd::metrics::Accuracy;
/// use macrograd::optim::{AdamW, Schedule};
/// use macrograd::prelude::*;
/// use macrograd::train::Trainer;
///
/// #[model]
/// struct Mlp {
///     hidden: nn::Linear<64, 64>,
///     output: nn::Linear<64, 10>,
/// }
///
/// #[model]
/// impl Mlp {
///     fn forward<N: Dim>(&self, image: Tensor<N, 1, 8, 8>) -> Tensor<N, 10> {
///         self.output(self.hidden(image.flatten(1)).relu())
///     }
///
///     fn loss<N: Dim>(&self, image: Tensor<N, 1, 8, 8>, label: Tensor<u8, N>) -> Tensor {
///         self.forward(image).cross_entropy(label)
///     }
/// }
///
/// let data = Digits::embedded();
/// let mut trainer = Trainer::new(Mlp::new(Device::cpu(), 0), Mlp::loss_grad_batch)
///     .optimizer(AdamW::new(3e-3))
///     .schedule(|steps| Schedule::cosine(steps, 0.0))
///     .loss(Mlp::loss_batch)
///     .metrics(vec![Box::new(Accuracy::new())], |mlp, (image, label), metrics| {
///         metrics.update(&mlp.try_forward(image)?, label)
///     })
///     .validation(Loader::new(data.test, 100))
///     .epochs(3)
///     .quiet();
/// let history = trainer.fit(&Loader::new(data.train, 50).shuffle(/* seed */ 0))?;
/// assert!(history.last("val_accuracy").unwrap() > 0.8);
/// # }
/// # Ok::<(), macrograd::train::TrainError>(())
/// ```
///
/// # Values of an epoch
/// `loss` (mean over the samples), `lr`; with [`validation`](Trainer::validation) `val_loss` and `val_` with the name of each
/// metric; what callbacks log.
///
/// # Numerics
/// The same seeds give the same bits, for any number of threads, interrupted or not.
pub struct Trainer<M: Model, B, O = Adam> {
    pub(super) model: M,
    pub(super) loss_grad: LossGradOf<M, B>,
    pub(super) optimizer: O,
    pub(super) judge: Judge<M, B>,
    pub(super) validation: Option<Box<dyn Source<B>>>,
    pub(super) schedule: Option<Box<ScheduleOf>>,
    pub(super) average: Option<Averaged<M>>,
    pub(super) callbacks: Vec<Box<dyn Callback<M>>>,
    pub(super) settings: Settings,
}

/// A step of training: the loss, and the gradients.
pub(super) type LossGradOf<M, B> =
    Box<dyn FnMut(&M, &mut Workspace, &B, &mut <M as Model>::Grads) -> Result<f64, Error> + Send>;

/// A schedule for a number of steps.
pub(super) type ScheduleOf = dyn Fn(u64) -> Schedule + Send;

/// What needs no types.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) epochs: u64,
    pub(super) seed: u64,
    pub(super) clip_norm: Option<f32>,
    pub(super) accumulate: usize,
    pub(super) folder: Option<PathBuf>,
    pub(super) existing: Existing,
    pub(super) save_every: Option<u64>,
    pub(super) keep_every: Option<u64>,
    pub(super) monitor: Option<(String, Direction)>,
    pub(super) restore_best: bool,
    pub(super) validate_every: u64,
    pub(super) quiet: bool,
    pub(super) interrupt: Option<Arc<AtomicBool>>,
    /// How long a run may take for its files, whatever else it does.
    pub(super) allowance: Duration,
}

/// What to do with a run that is in the folder already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    Refuse,
    Resume,
    Overwrite,
}

impl<M: Model, B: Send + 'static> Trainer<M, B> {
    /// Trains `model` by a function that computes the loss and the gradients of a batch, with Adam at a learning rate of
    /// 1e-3, for one epoch, unless the following functions say otherwise.
    pub fn new<L: Into<f64>>(
        model: M,
        mut loss_grad: impl FnMut(&M, &mut Workspace, &B, &mut M::Grads) -> Result<L, Error> + Send + 'static,
    ) -> Self {
        Trainer {
            model,
            loss_grad: Box::new(move |model, workspace, batch, grads| {
                loss_grad(model, workspace, batch, grads).map(Into::into)
            }),
            optimizer: Adam::new(1e-3),
            judge: Judge { loss: None, judges: Vec::new() },
            validation: None,
            schedule: None,
            average: None,
            callbacks: Vec::new(),
            settings: Settings {
                epochs: 1,
                seed: 0,
                clip_norm: None,
                accumulate: 1,
                folder: None,
                existing: Existing::Refuse,
                save_every: None,
                keep_every: None,
                monitor: None,
                restore_best: false,
                validate_every: 1,
                quiet: false,
                interrupt: None,
                allowance: ALLOWANCE,
            },
        }
    }
}

impl<M: Model, B: Send + 'static, O: Optimizer> Trainer<M, B, O> {
    /// Another optimizer. Its learning rate is the base of the schedule.
    #[must_use]
    pub fn optimizer<P: Optimizer>(self, optimizer: P) -> Trainer<M, B, P> {
        let Trainer { model, loss_grad, judge, validation, schedule, average, callbacks, settings, .. } =
            self;
        Trainer { model, loss_grad, optimizer, judge, validation, schedule, average, callbacks, settings }
    }

    /// A factor on the learning rate for each step, made from the number of steps of the whole run.
    #[must_use]
    pub fn schedule(mut self, schedule: impl Fn(u64) -> Schedule + Send + 'static) -> Self {
        self.schedule = Some(Box::new(schedule));
        self
    }

    /// How often to go through the training data.
    #[must_use]
    pub fn epochs(mut self, epochs: u64) -> Self {
        self.settings.epochs = epochs;
        self
    }

    /// From which seed dropout draws. That of the model and that of the loader are given there.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Scales gradients down to this Euclidean norm.
    ///
    /// # Panics
    /// When it is not positive and finite.
    #[must_use]
    #[track_caller]
    pub fn clip_grad_norm(mut self, max_norm: f32) -> Self {
        assert!(
            max_norm > 0.0 && max_norm.is_finite(),
            "`max_norm` is {max_norm}, but must be positive and finite"
        );
        self.settings.clip_norm = Some(max_norm);
        self
    }

    /// Takes a step with the mean gradient of so many batches, weighted by their samples; at the end of an epoch, perhaps
    /// of fewer.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    #[track_caller]
    pub fn accumulate(mut self, batches: usize) -> Self {
        assert!(batches > 0, "`batches` is 0, but a step takes at least one");
        self.settings.accumulate = batches;
        self
    }

    /// Keeps an exponential moving average of the parameters, by which the model is validated and which is saved as the
    /// best one: see [`Averaged`].
    ///
    /// # Panics
    /// When `decay` is negative or not below 1.
    #[must_use]
    #[track_caller]
    pub fn ema(mut self, decay: f64) -> Self {
        self.average = Some(Averaged::ema(&self.model, decay));
        self
    }

    /// The loss of a batch without gradients, for `val_loss`: `Net::loss_batch`.
    #[must_use]
    pub fn loss<L: Into<f64>>(
        mut self,
        mut loss: impl FnMut(&M, &B) -> Result<L, Error> + Send + 'static,
    ) -> Self {
        self.judge.loss = Some(Box::new(move |model, batch| Ok(loss(model, batch)?.into())));
        self
    }

    /// Metrics, and a function that gives them the outputs and targets of a batch. Called again, it adds others, which
    /// look at something else.
    #[must_use]
    pub fn metrics(
        mut self,
        metrics: Vec<Box<dyn Metric>>,
        judge: impl FnMut(&M, &B, &mut Metrics) -> Result<(), TrainError> + Send + 'static,
    ) -> Self {
        self.judge.judges.push((Metrics { list: metrics }, Box::new(judge)));
        self
    }

    /// What the model is judged by after each epoch.
    #[must_use]
    pub fn validation<D: Dataset>(mut self, loader: Loader<D>) -> Self
    where
        D::Sample: Sample<Batch = B>,
    {
        self.validation = Some(Box::new(loader));
        self
    }

    /// Validates after every so many epochs, and after the last one.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    #[track_caller]
    pub fn validate_every(mut self, epochs: u64) -> Self {
        assert!(epochs > 0, "`epochs` is 0, but must be positive");
        self.settings.validate_every = epochs;
        self
    }

    /// The value by which the best epoch is chosen, `val_accuracy` for instance, and whether more is better. Otherwise
    /// `val_loss`, or without validation `loss`.
    #[must_use]
    pub fn monitor(mut self, value: impl Into<String>, direction: Direction) -> Self {
        self.settings.monitor = Some((value.into(), direction));
        self
    }

    /// Gives the model the parameters of its best epoch in the end. Needs a [`folder`](Trainer::folder).
    #[must_use]
    pub fn restore_best(mut self) -> Self {
        self.settings.restore_best = true;
        self
    }

    /// Where the run keeps its files; the folder is created, and must not hold another run.
    ///
    /// | file | holds |
    /// | --- | --- |
    /// | `last.safetensors` | all that the run needs to go on; as a model, the parameters |
    /// | `best.safetensors` | the model of the best epoch |
    /// | `epoch-10.safetensors` | the model after that epoch, with [`keep_every`](Trainer::keep_every) |
    /// | `history.csv`, `history.jsonl` | the values of each epoch |
    ///
    /// They are written after each epoch, or, where epochs are very short, less often and in the end: see
    /// [`time_for_files`](Trainer::time_for_files). Each is replaced at once or not at all: a run that is killed at any moment
    /// goes on from the last one.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.settings.folder = Some(folder.into());
        self
    }

    /// How long the run may take for its files, besides a tenth of its time: three seconds otherwise. A disk takes
    /// milliseconds to confirm that it has a file, which can be more than an epoch of a small model takes. `Duration::MAX`
    /// writes them after each epoch, whatever it takes.
    #[must_use]
    pub fn time_for_files(mut self, allowance: Duration) -> Self {
        self.settings.allowance = allowance;
        self
    }

    /// Goes on with the run in the folder, if there is one: the model, the optimizer and the place in the data are as they
    /// were, and the result has the bits that it would have had.
    #[must_use]
    pub fn resume(mut self) -> Self {
        self.settings.existing = Existing::Resume;
        self
    }

    /// Replaces the run in the folder, if there is one.
    #[must_use]
    pub fn overwrite(mut self) -> Self {
        self.settings.existing = Existing::Overwrite;
        self
    }

    /// Saves `last.safetensors` after every so many steps, too, for long epochs.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    #[track_caller]
    pub fn save_every(mut self, steps: u64) -> Self {
        assert!(steps > 0, "`steps` is 0, but must be positive");
        self.settings.save_every = Some(steps);
        self
    }

    /// Keeps the model of every so many epochs in a file of its own.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    #[track_caller]
    pub fn keep_every(mut self, epochs: u64) -> Self {
        assert!(epochs > 0, "`epochs` is 0, but must be positive");
        self.settings.keep_every = Some(epochs);
        self
    }

    /// Something that is called while the model is trained; callbacks are called in the order in which they are added.
    #[must_use]
    pub fn callback(mut self, callback: impl Callback<M> + 'static) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// A closure that is called after each step.
    #[must_use]
    pub fn on_step(
        self,
        call: impl FnMut(&mut Moment<'_, M>) -> Result<(), TrainError> + Send + 'static,
    ) -> Self {
        self.callback(Closure { at: Event::Step, call })
    }

    /// A closure that is called with the gradients of each step, before the optimizer takes them.
    #[must_use]
    pub fn on_gradients(
        self,
        call: impl FnMut(&mut Moment<'_, M>) -> Result<(), TrainError> + Send + 'static,
    ) -> Self {
        self.callback(Closure { at: Event::Gradients, call })
    }

    /// A closure that is called after each epoch and its validation.
    #[must_use]
    pub fn on_epoch(
        self,
        call: impl FnMut(&mut Moment<'_, M>) -> Result<(), TrainError> + Send + 'static,
    ) -> Self {
        self.callback(Closure { at: Event::Epoch, call })
    }

    /// Prints nothing. Otherwise there is a progress bar on a terminal, and elsewhere a line for each epoch, unless a
    /// callback shows the run: see [`Callback::is_display`].
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.settings.quiet = true;
        self
    }

    /// Ends the run between two steps when this becomes true, as a handler of Ctrl-C may make it: the run is saved, and
    /// can be resumed.
    #[must_use]
    pub fn interrupt(mut self, flag: Arc<AtomicBool>) -> Self {
        self.settings.interrupt = Some(flag);
        self
    }

    /// The model, as trained so far; between runs with the parameters by which it is judged, where the optimizer has others
    /// to train with.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The model, as trained so far.
    pub fn into_model(self) -> M {
        self.model
    }

    /// The average of the parameters, with [`ema`](Trainer::ema).
    pub fn average(&self) -> Option<&M> {
        self.average.as_ref().map(Averaged::model)
    }

    /// Judges the model by a data set: by the average of its parameters, if the run keeps one.
    ///
    /// # Errors
    /// When the data set is empty, or its samples or the outputs of the model cannot be judged.
    pub fn evaluate<D: Dataset>(&mut self, loader: &Loader<D>) -> Result<Evaluation, TrainError>
    where
        D::Sample: Sample<Batch = B>,
    {
        self.evaluate_source(loader)
    }

    pub(super) fn evaluate_source(&mut self, source: &dyn Source<B>) -> Result<Evaluation, TrainError> {
        let judge = &mut self.judge;
        with_judged(&self.model, self.average.as_ref(), &self.optimizer, |model| {
            judge.run_source(model, source)
        })
    }
}

impl<M: Model, B, O> std::fmt::Debug for Trainer<M, B, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Trainer({} for {} epochs)", M::NAME, self.settings.epochs)
    }
}
