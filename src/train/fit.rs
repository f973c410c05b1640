//! The loop: epochs, steps, and what happens between them.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

use macrograd_runtime::Workspace;

use super::TrainError;
use super::callback::{Callback, Control, Moment, Progress, set};
use super::history::{Ended, EpochRecord, History};
use super::position::Position;
use super::progress::Show;
use super::source::Source;
use super::trainer::{Existing, Trainer};
use crate::data::{Dataset, Loader, Sample};
use crate::metrics::{Direction, MeanLoss};
use crate::optim::{Accumulator, Averaged, Optimizer, Schedule, clip_grad_norm};
use crate::{Error, Model, ModelGrads, checkpoint};

/// What a run has while it goes on.
struct Fit<'t, M: Model, B, O> {
    trainer: &'t mut Trainer<M, B, O>,
    source: &'t dyn Source<B>,
    schedule: Schedule,
    base_lr: f64,
    workspace: Workspace,
    grads: M::Grads,
    accumulator: Accumulator<M::Grads>,
    callbacks: Vec<Box<dyn Callback<M>>>,
    control: Control,
    progress: Progress,
    history: History,
    values: Vec<(String, f64)>,
    loss: MeanLoss,
    best: Option<f64>,
    /// Whether this epoch is none of those that are validated.
    skips_validation: bool,
    /// When the epoch began, or was continued.
    start: Instant,
}

/// Files of a run, besides those of epochs that are kept.
const OF_A_RUN: [&str; 4] = ["last.safetensors", "best.safetensors", "history.csv", "history.jsonl"];

/// A callback of every kind of moment.
type Call<M> = fn(&mut dyn Callback<M>, &mut Moment<'_, M>) -> Result<(), TrainError>;

impl<M: Model, B: Send + 'static, O: Optimizer> Trainer<M, B, O> {
    /// Trains, and gives the values of each epoch. Called again, it starts a new run from the parameters that the model
    /// has.
    ///
    /// # Errors
    /// When there are no samples, a batch cannot be made or judged, the loss is not finite, a file cannot be written, or
    /// what is in the folder does not fit. Checkpoints of earlier epochs stay.
    pub fn fit<D: Dataset>(&mut self, data: &Loader<D>) -> Result<History, TrainError>
    where
        D::Sample: Sample<Batch = B>,
    {
        self.fit_source(data)
    }

    pub(super) fn fit_source(&mut self, source: &dyn Source<B>) -> Result<History, TrainError> {
        Fit::new(self, source)?.run()
    }
}

impl<'t, M: Model, B: Send + 'static, O: Optimizer> Fit<'t, M, B, O> {
    fn new(trainer: &'t mut Trainer<M, B, O>, source: &'t dyn Source<B>) -> Result<Self, TrainError> {
        if source.num_batches() == 0 {
            let remedy = "give it at least one, or with `drop_last` at least as many as a batch has";
            return Err(TrainError::NoSamples { part: "training", remedy });
        }
        let settings = &trainer.settings;
        let batches = source.num_batches();
        let steps = settings.epochs * batches.div_ceil(settings.accumulate) as u64;
        let schedule = trainer.schedule.as_ref().map_or_else(Schedule::constant, |schedule| schedule(steps));
        let progress = Progress {
            epochs: settings.epochs,
            steps,
            batches,
            num_samples: source.num_samples(),
            ..Progress::default()
        };
        let (seed, accumulate) = (settings.seed, settings.accumulate);
        let mut callbacks = std::mem::take(&mut trainer.callbacks);
        if !trainer.settings.quiet {
            callbacks.push(Box::new(Show::default()));
        }
        let base_lr = trainer.optimizer.lr();
        Ok(Fit {
            trainer,
            source,
            schedule,
            base_lr,
            workspace: Workspace::with_seed(seed),
            grads: M::Grads::zeros(),
            accumulator: Accumulator::new(accumulate),
            callbacks,
            control: Control { stop: None, lr_factor: 1.0 },
            progress,
            history: History::default(),
            values: Vec::new(),
            loss: MeanLoss::new(),
            best: None,
            skips_validation: false,
            start: Instant::now(),
        })
    }

    fn run(mut self) -> Result<History, TrainError> {
        let result = self.run_epochs();
        // For the next run, or for whoever looks at them.
        self.trainer.callbacks = std::mem::take(&mut self.callbacks);
        if !self.trainer.settings.quiet {
            self.trainer.callbacks.pop();
        }
        self.trainer.optimizer.set_lr(self.base_lr);
        result.map(|()| self.history)
    }

    fn run_epochs(&mut self) -> Result<(), TrainError> {
        self.enter_folder()?;
        self.call(|callback, moment| callback.on_start(moment))?;
        let mut ended = Ended::Finished;
        while self.progress.epoch < self.progress.epochs {
            if let Some(early) = self.run_epoch()? {
                ended = early;
                break;
            }
        }
        self.history.ended = Some(ended);
        if self.trainer.settings.restore_best
            && let Some(path) = self.path("best.safetensors").filter(|path| path.exists())
        {
            checkpoint::load_into(&mut self.trainer.model, path)?;
        }
        self.call(|callback, moment| callback.on_end(moment))
    }

    /// The rest of an epoch, and why the run ends with it, if it does.
    fn run_epoch(&mut self) -> Result<Option<Ended>, TrainError> {
        self.start = Instant::now();
        self.progress.samples_since = 0;
        let mut batches = self.source.open(self.progress.epoch, self.progress.batch);
        while let Some(batch) = batches.next() {
            let (batch, len) = batch?;
            self.progress.waited = batches.waited();
            let has_stepped = self.batch(&batch, len)?;
            if !has_stepped {
                continue;
            }
            let is_interrupted = self.is_interrupted();
            let is_due = self
                .trainer
                .settings
                .save_every
                .is_some_and(|steps| self.progress.step.is_multiple_of(steps));
            let is_over = is_interrupted || self.control.stop.is_some();
            // The end of an epoch is saved with its values.
            if (is_due || is_over) && self.progress.batch < self.progress.batches {
                self.save_position()?;
            }
            if self.progress.batch < self.progress.batches {
                if is_interrupted {
                    return Ok(Some(Ended::Interrupted));
                }
                if let Some(reason) = self.control.stop.take() {
                    return Ok(Some(Ended::Stopped(reason)));
                }
            }
        }
        drop(batches);
        self.finish_epoch()?;
        Ok(match self.control.stop.take() {
            Some(reason) => Some(Ended::Stopped(reason)),
            None if self.is_interrupted() && self.progress.epoch < self.progress.epochs => {
                Some(Ended::Interrupted)
            }
            None => None,
        })
    }

    fn is_interrupted(&self) -> bool {
        self.trainer.settings.interrupt.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// Gradients of a batch, and with the last batch of a group a step: whether there was one.
    fn batch(&mut self, batch: &B, len: usize) -> Result<bool, TrainError> {
        let Trainer { model, loss_grad, .. } = &mut *self.trainer;
        let loss = loss_grad(model, &mut self.workspace, batch, &mut self.grads)?;
        self.loss.update(loss, len);
        self.progress.batch += 1;
        self.progress.samples += len;
        self.progress.samples_since += len;
        (self.progress.loss, self.progress.mean_loss) = (loss, self.loss.value());
        self.progress.lr = self.base_lr * self.schedule.lr(self.progress.step) * self.control.lr_factor;
        if !loss.is_finite() {
            let Progress { epoch, batch, step, lr, .. } = self.progress;
            return Err(TrainError::NotFinite { loss, epoch: epoch + 1, batch, step, lr });
        }
        let is_last = self.progress.batch == self.progress.batches;
        if self.trainer.settings.accumulate > 1 && !self.gather(len, is_last) {
            return Ok(false);
        }
        self.step()?;
        Ok(true)
    }

    /// Adds the gradients of a batch to those of its group; when that is complete, its mean takes their place.
    fn gather(&mut self, len: usize, is_last: bool) -> bool {
        let model = &mut self.trainer.model;
        let mut mean = self.accumulator.add_weighted(model, &mut self.grads, len as f64);
        if mean.is_none() && is_last {
            mean = self.accumulator.finish();
        }
        let Some(mean) = mean else { return false };
        self.grads.gradients_mut().values_mut().copy_from_slice(mean.gradients().values());
        true
    }

    /// A step of the optimizer.
    fn step(&mut self) -> Result<(), TrainError> {
        self.call(|callback, moment| callback.on_gradients(moment))?;
        if let Some(max_norm) = self.trainer.settings.clip_norm {
            self.progress.grad_norm = Some(clip_grad_norm(&mut self.grads, max_norm).into());
        }
        let Trainer { model, optimizer, average, .. } = &mut *self.trainer;
        optimizer.set_lr(self.progress.lr);
        optimizer.step(model, &mut self.grads);
        if let Some(average) = average {
            average.update(model);
        }
        self.progress.step += 1;
        self.progress.elapsed = self.start.elapsed();
        self.call(|callback, moment| callback.on_step(moment))
    }

    /// Validates, logs and saves.
    fn finish_epoch(&mut self) -> Result<(), TrainError> {
        self.progress.elapsed = self.start.elapsed();
        set(&mut self.values, "loss".to_owned(), self.loss.value());
        set(&mut self.values, "lr".to_owned(), self.progress.lr);
        let number = self.progress.epoch + 1;
        let is_due =
            number.is_multiple_of(self.trainer.settings.validate_every) || number == self.progress.epochs;
        let is_judged = self.trainer.validation.is_some() && !self.trainer.judge.is_empty();
        if is_due && is_judged {
            self.validate()?;
        }
        self.skips_validation = is_judged && !is_due;
        self.call(|callback, moment| callback.on_epoch(moment))?;
        let is_best = self.is_best()?;
        self.history.epochs.push(EpochRecord {
            epoch: number,
            step: self.progress.step,
            seconds: self.start.elapsed().as_secs_f64(),
            values: self.values.clone(),
        });
        self.call(|callback, moment| callback.on_record(moment))?;
        self.progress.epoch = number;
        (self.progress.batch, self.progress.samples) = (0, 0);
        self.loss.reset();
        self.values.clear();
        self.save_epoch(number, is_best)
    }

    fn validate(&mut self) -> Result<(), TrainError> {
        let Some(validation) = self.trainer.validation.take() else { return Ok(()) };
        let evaluation = self.trainer.evaluate_source(&*validation);
        self.trainer.validation = Some(validation);
        for (name, value) in evaluation?.values {
            set(&mut self.values, format!("val_{name}"), value);
        }
        Ok(())
    }

    /// Whether the monitored value is the best so far.
    fn is_best(&mut self) -> Result<bool, TrainError> {
        let (name, direction) = match &self.trainer.settings.monitor {
            Some((name, direction)) => (name.clone(), *direction),
            None if self.trainer.validation.is_some() && self.trainer.judge.loss.is_some() => {
                ("val_loss".to_owned(), Direction::LowerIsBetter)
            }
            None => ("loss".to_owned(), Direction::LowerIsBetter),
        };
        let Some(value) = self.moment().validated(&name, "monitor")? else { return Ok(false) };
        let is_better = self.best.is_none_or(|best| direction.is_better(value, best));
        if is_better {
            self.best = Some(value);
        }
        Ok(is_better)
    }

    fn moment(&mut self) -> Moment<'_, M> {
        Moment {
            model: &mut self.trainer.model,
            grads: &mut self.grads,
            progress: &self.progress,
            history: &self.history,
            folder: self.trainer.settings.folder.as_deref(),
            values: &mut self.values,
            control: &mut self.control,
            skips_validation: self.skips_validation,
        }
    }

    fn call(&mut self, call: Call<M>) -> Result<(), TrainError> {
        let mut callbacks = std::mem::take(&mut self.callbacks);
        let mut moment = self.moment();
        let result = callbacks.iter_mut().try_for_each(|callback| call(&mut **callback, &mut moment));
        self.callbacks = callbacks;
        result
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.trainer.settings.folder.as_ref().map(|folder| folder.join(name))
    }

    /// Makes the folder, and takes up the run that is in it, or not.
    fn enter_folder(&mut self) -> Result<(), TrainError> {
        let Some(folder) = self.trainer.settings.folder.clone() else { return Ok(()) };
        std::fs::create_dir_all(&folder).map_err(|source| Error::Io {
            action: "create the folder",
            path: folder.clone(),
            source,
        })?;
        let last = folder.join("last.safetensors");
        match (last.exists(), self.trainer.settings.existing) {
            (false, _) => Ok(()),
            (true, Existing::Overwrite) => Ok(remove_run(&folder)?),
            (true, Existing::Refuse) => Err(TrainError::FolderInUse { folder }),
            (true, Existing::Resume) => self.resume(&last),
        }
    }

    fn resume(&mut self, path: &Path) -> Result<(), TrainError> {
        let file = checkpoint::RunFile::read(path)?;
        let position = Position::of_text(&file.run()?, path)?;
        position.check(self.source, &self.trainer.settings, path)?;
        let Trainer { model, optimizer, average, .. } = &mut *self.trainer;
        file.restore(model, optimizer, average.as_mut().map(Averaged::model_mut))?;
        if let Some(average) = &mut self.trainer.average {
            average.set_num_averaged(position.num_averaged);
        }
        for callback in &mut self.callbacks {
            if let Some((_, state)) = position.callbacks.iter().find(|(name, _)| name == callback.name()) {
                callback.restore(state)?;
            }
        }
        self.workspace.set_step(position.workspace_step);
        self.control.lr_factor = position.lr_factor;
        self.loss = MeanLoss::of(position.loss_sum, position.samples as u64);
        self.best = position.best;
        self.history = position.history;
        self.values = position.values;
        let progress = &mut self.progress;
        (progress.epoch, progress.batch, progress.step) = (position.epoch, position.batch, position.step);
        progress.samples = position.samples;
        Ok(())
    }

    /// The files of an epoch that is complete.
    fn save_epoch(&mut self, number: u64, is_best: bool) -> Result<(), TrainError> {
        let Some(folder) = self.trainer.settings.folder.clone() else { return Ok(()) };
        let model = self.trainer.average.as_ref().map_or(&self.trainer.model, Averaged::model);
        if is_best {
            checkpoint::save(model, folder.join("best.safetensors"))?;
        }
        if self.trainer.settings.keep_every.is_some_and(|epochs| number.is_multiple_of(epochs)) {
            checkpoint::save(model, folder.join(format!("epoch-{number}.safetensors")))?;
        }
        self.history.write_csv(folder.join("history.csv"))?;
        self.history.write_json_lines(folder.join("history.jsonl"))?;
        // Last: what it says has happened, has.
        self.save_position()
    }

    /// Everything that the run needs to go on from here.
    fn save_position(&mut self) -> Result<(), TrainError> {
        let Some(path) = self.path("last.safetensors") else { return Ok(()) };
        let named = self
            .callbacks
            .iter()
            .filter_map(|callback| Some((callback.name().to_owned(), callback.state()?)));
        let position = Position {
            epoch: self.progress.epoch,
            batch: self.progress.batch,
            step: self.progress.step,
            samples: self.progress.samples,
            loss_sum: self.loss.sum(),
            workspace_step: self.workspace.step(),
            num_averaged: self.trainer.average.as_ref().map_or(0, Averaged::num_averaged),
            lr_factor: self.control.lr_factor,
            best: self.best,
            callbacks: named.collect(),
            history: self.history.clone(),
            values: self.values.clone(),
            batch_size: self.source.batch_size(),
            num_samples: self.source.num_samples(),
            accumulate: self.trainer.settings.accumulate,
            epochs: self.progress.epochs,
            seed: self.trainer.settings.seed,
        };
        let Trainer { model, optimizer, average, .. } = &*self.trainer;
        let average = average.as_ref().map(Averaged::model);
        Ok(checkpoint::save_run(&path, model, optimizer, average, &position.to_text())?)
    }
}

/// Removes what a run has left, so that nobody goes on with it, or takes its best model for that of the next one.
fn remove_run(folder: &Path) -> Result<(), Error> {
    let failed = |action, path: &Path, source| Error::Io { action, path: path.to_path_buf(), source };
    let entries = std::fs::read_dir(folder).map_err(|source| failed("read the folder", folder, source))?;
    for entry in entries {
        let path = entry.map_err(|source| failed("read the folder", folder, source))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_kept_epoch = name.starts_with("epoch-") && name.ends_with(".safetensors");
        if is_kept_epoch || OF_A_RUN.contains(&name) {
            std::fs::remove_file(&path).map_err(|source| failed("remove", &path, source))?;
        }
    }
    Ok(())
}
