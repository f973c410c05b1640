//! The part of a run that depends on the types of model, batch and optimizer, behind a trait: the loop itself is compiled
//! once, and not with each model that is trained.

use std::path::Path;
use std::time::Duration;

use macrograd_runtime::Workspace;

use super::TrainError;
use super::callback::{Callback, Moment, Run};
use super::judge::{Evaluation, Judge};
use super::observer::{Event, call};
use super::position::Position;
use super::source::{OpenSource, Source};
use super::trainer::LossGradOf;
use crate::optim::{Accumulator, Averaged, Optimizer, clip_grad_norm};
use crate::{Error, Model, ModelGrads, checkpoint};

/// What the loop of a run asks for.
pub(super) trait Engine {
    /// What an epoch consists of.
    fn sizes(&self) -> Sizes;
    /// Begins an epoch, or goes on with one.
    fn open(&mut self, epoch: u64, first_batch: usize);
    /// Computes the loss and the gradients of the next batch of the epoch.
    fn next_batch(&mut self) -> Option<Result<Computed, Error>>;
    /// Ends the epoch.
    fn close(&mut self);
    /// Adds the gradients of a batch to those of its group; when that is complete, which this tells, their mean takes
    /// their place.
    fn gather(&mut self, len: usize, is_last: bool) -> bool;
    /// Scales the gradients down to a norm, and tells the one that they had.
    fn clip(&mut self, max_norm: f32) -> f64;
    /// The learning rate that the optimizer was made with.
    fn lr(&self) -> f64;
    /// A step of the optimizer.
    fn step(&mut self, lr: f64) -> Result<(), Error>;
    /// The optimizer, if its steps are from single batches only.
    fn takes_single_batches(&self) -> Option<&'static str>;
    /// Judges the model by the data for validation; nothing where there is none, or nothing to judge by.
    fn validate(&mut self) -> Option<Result<Evaluation, TrainError>>;
    /// Whether [`validate`](Engine::validate) gives values, and a loss among them.
    fn is_judged(&self) -> IsJudged;
    /// Calls all callbacks.
    fn call(&mut self, event: Event, run: Run<'_>) -> Result<(), TrainError>;
    /// Tells all callbacks of the error that ends the run.
    fn fail(&mut self, error: &TrainError);
    /// Whether a callback shows the run.
    fn is_displayed(&self) -> bool;
    /// Writes the model: the average of its parameters, if there is one.
    fn save_model(&self, path: &Path) -> Result<(), Error>;
    /// Keeps the model that [`save_model`](Engine::save_model) would write.
    fn hold_model(&mut self);
    /// Writes the best model: the present one, or the one that was kept, if there is one.
    fn save_best(&mut self, path: &Path, is_present: bool) -> Result<(), Error>;
    /// Reads the model.
    fn load_model(&mut self, path: &Path) -> Result<(), Error>;
    /// What tells the model from others with the same tensors.
    fn declaration(&self) -> String;
    /// Adds to a position what stands here.
    fn describe(&self, position: &mut Position);
    /// Writes all that the run needs to go on.
    fn save_run(&self, path: &Path, position: &str) -> Result<(), Error>;
    /// Takes up a run.
    fn restore(&mut self, file: &checkpoint::RunFile<'_>, position: &Position) -> Result<(), TrainError>;
}

/// What an epoch consists of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) batch_size: usize,
    pub(super) num_samples: usize,
    pub(super) num_batches: usize,
}

/// A batch whose gradients are computed.
pub(super) struct Computed {
    pub(super) loss: f64,
    pub(super) len: usize,
    /// How long the epoch has waited for batches so far.
    pub(super) waited: Duration,
}

/// By what a run is judged besides its own loss.
#[derive(Clone, Copy)]
pub(super) struct IsJudged {
    pub(super) at_all: bool,
    pub(super) by_loss: bool,
}

/// The parts of a trainer, and what they need while a run goes on.
pub(super) struct Driver<'t, M: Model, B, O: Optimizer> {
    pub(super) model: &'t mut M,
    pub(super) loss_grad: &'t mut LossGradOf<M, B>,
    pub(super) optimizer: &'t mut O,
    /// Its learning rate before the run, which it has again afterwards.
    pub(super) base_lr: f64,
    pub(super) judge: &'t mut Judge<M, B>,
    pub(super) validation: Option<&'t dyn Source<B>>,
    pub(super) average: Option<&'t mut Averaged<M>>,
    pub(super) callbacks: &'t mut Vec<Box<dyn Callback<M>>>,
    pub(super) source: &'t dyn Source<B>,
    pub(super) batches: Option<Box<dyn OpenSource<B>>>,
    pub(super) workspace: Workspace,
    pub(super) grads: M::Grads,
    pub(super) accumulator: Accumulator<M::Grads>,
    /// The last batch, for an optimizer that computes its loss again.
    pub(super) current: Option<Current<B>>,
    /// The best model, until it is written.
    pub(super) held: Option<M>,
}

/// A batch, its loss, and the place of its random numbers.
pub(super) struct Current<B> {
    batch: B,
    loss: f64,
    draws: u64,
}

/// Looks at the model that is judged and saved: with an average of the parameters, where the run keeps one, or the
/// optimizer.
pub(super) fn with_judged<M: Model, R>(
    model: &M,
    average: Option<&Averaged<M>>,
    optimizer: &impl Optimizer,
    look: impl FnOnce(&M) -> R,
) -> R {
    match average {
        Some(average) => look(average.model()),
        None => look(optimizer.averaged(model).as_ref().unwrap_or(model)),
    }
}

impl<M: Model, B, O: Optimizer> Engine for Driver<'_, M, B, O> {
    fn sizes(&self) -> Sizes {
        let source = self.source;
        Sizes {
            batch_size: source.batch_size(),
            num_samples: source.num_samples(),
            num_batches: source.num_batches(),
        }
    }

    fn open(&mut self, epoch: u64, first_batch: usize) {
        self.batches = Some(self.source.open(epoch, first_batch));
    }

    fn next_batch(&mut self) -> Option<Result<Computed, Error>> {
        let batches = self.batches.as_mut()?;
        let (batch, len) = match batches.next()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(error)),
        };
        let waited = batches.waited();
        let draws = self.workspace.step();
        let loss = match (self.loss_grad)(self.model, &mut self.workspace, &batch, &mut self.grads) {
            Ok(loss) => loss,
            Err(error) => return Some(Err(error)),
        };
        if O::COMPUTES_LOSSES {
            self.current = Some(Current { batch, loss, draws });
        }
        Some(Ok(Computed { loss, len, waited }))
    }

    fn close(&mut self) {
        self.batches = None;
    }

    fn gather(&mut self, len: usize, is_last: bool) -> bool {
        let mut mean = self.accumulator.add_weighted(self.model, &mut self.grads, len as f64);
        if mean.is_none() && is_last {
            mean = self.accumulator.finish();
        }
        let Some(mean) = mean else { return false };
        self.grads.gradients_mut().values_mut().copy_from_slice(mean.gradients().values());
        true
    }

    fn clip(&mut self, max_norm: f32) -> f64 {
        clip_grad_norm(&mut self.grads, max_norm).into()
    }

    fn lr(&self) -> f64 {
        self.base_lr
    }

    fn step(&mut self, lr: f64) -> Result<(), Error> {
        self.optimizer.set_lr(lr);
        match self.current.take() {
            None => self.optimizer.step(self.model, &mut self.grads),
            Some(Current { batch, loss, draws }) => {
                let (loss_grad, workspace) = (&mut *self.loss_grad, &mut self.workspace);
                self.optimizer.step_with(self.model, loss, &mut self.grads, &mut |model, grads| {
                    // Dropout draws the same: the loss is a function of the parameters.
                    workspace.set_step(draws);
                    loss_grad(model, workspace, &batch, grads)
                })?;
            }
        }
        if let Some(average) = &mut self.average {
            average.update(self.model);
        }
        Ok(())
    }

    fn takes_single_batches(&self) -> Option<&'static str> {
        O::COMPUTES_LOSSES.then(|| self.optimizer.name())
    }

    fn validate(&mut self) -> Option<Result<Evaluation, TrainError>> {
        let validation = self.validation?;
        if self.judge.is_empty() {
            return None;
        }
        let judge = &mut *self.judge;
        let judged = |model: &M| judge.run_source(model, validation);
        Some(with_judged(self.model, self.average.as_deref(), self.optimizer, judged))
    }

    fn is_judged(&self) -> IsJudged {
        let has_data = self.validation.is_some();
        IsJudged {
            at_all: has_data && !self.judge.is_empty(),
            by_loss: has_data && self.judge.loss.is_some(),
        }
    }

    fn call(&mut self, event: Event, run: Run<'_>) -> Result<(), TrainError> {
        let mut moment = Moment::new(self.model, &mut self.grads, run);
        self.callbacks.iter_mut().try_for_each(|callback| call(&mut **callback, event, &mut moment))
    }

    fn fail(&mut self, error: &TrainError) {
        self.callbacks.iter_mut().for_each(|callback| callback.on_error(error));
    }

    fn is_displayed(&self) -> bool {
        self.callbacks.iter().any(|callback| callback.is_display())
    }

    fn save_model(&self, path: &Path) -> Result<(), Error> {
        let save = |model: &M| checkpoint::save(model, path);
        with_judged(self.model, self.average.as_deref(), self.optimizer, save)
    }

    fn hold_model(&mut self) {
        let copy = |model: &M| M::from_state(model.state().clone());
        self.held = Some(with_judged(self.model, self.average.as_deref(), self.optimizer, copy));
    }

    fn save_best(&mut self, path: &Path, is_present: bool) -> Result<(), Error> {
        match &self.held {
            _ if is_present => self.save_model(path)?,
            Some(model) => checkpoint::save(model, path)?,
            None => {}
        }
        self.held = None;
        Ok(())
    }

    fn load_model(&mut self, path: &Path) -> Result<(), Error> {
        // The file holds what the model is judged by.
        self.optimizer.eval(self.model);
        checkpoint::load_into(self.model, path)
    }

    fn declaration(&self) -> String {
        checkpoint::declaration(M::layout(), M::GRAPHS)
    }

    fn describe(&self, position: &mut Position) {
        position.workspace_step = self.workspace.step();
        position.num_averaged = self.average.as_ref().map_or(0, |average| average.num_averaged());
        for callback in &*self.callbacks {
            position.callbacks.extend(callback.state().map(|state| (callback.name().to_owned(), state)));
        }
    }

    fn save_run(&self, path: &Path, position: &str) -> Result<(), Error> {
        let average = self.average.as_ref().map(|average| average.model());
        checkpoint::save_run(path, &*self.model, &*self.optimizer, average, position)
    }

    fn restore(&mut self, file: &checkpoint::RunFile<'_>, position: &Position) -> Result<(), TrainError> {
        file.check_model::<M>()?;
        // Only now: tensors that differ say more than a hash.
        position.check_declaration(&self.declaration(), M::NAME, file.path())?;
        let average = self.average.as_mut().map(|average| average.model_mut());
        file.restore(self.model, self.optimizer, average)?;
        if let Some(average) = &mut self.average {
            average.set_num_averaged(position.num_averaged);
        }
        for callback in &mut *self.callbacks {
            if let Some(state) = position.callback(callback.name()) {
                callback.restore(state)?;
            }
        }
        self.workspace.set_step(position.workspace_step);
        Ok(())
    }
}

impl<M: Model, B, O: Optimizer> Drop for Driver<'_, M, B, O> {
    fn drop(&mut self) {
        self.optimizer.set_lr(self.base_lr);
        self.optimizer.eval(self.model);
    }
}
