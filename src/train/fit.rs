//! The loop: epochs, steps, and what happens between them.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

use macrograd_runtime::Workspace;

use super::TrainError;
use super::callback::{Control, Progress, Run, set};
use super::engine::{Computed, Driver, Engine, Sizes};
use super::history::{Ended, EpochRecord, History};
use super::observer::{Event, Observer};
use super::position::Position;
use super::progress::Show;
use super::saving::{Saving, remove_run};
use super::source::Source;
use super::trainer::{Existing, ScheduleOf, Settings, Trainer};
use crate::data::{Dataset, Loader, Sample};
use crate::metrics::{Direction, MeanLoss};
use crate::optim::{Accumulator, Optimizer, Schedule};
use crate::{Error, Model, ModelGrads, checkpoint};

/// What a run has while it goes on.
pub(super) struct Fit<'t> {
    pub(super) engine: &'t mut dyn Engine,
    pub(super) settings: &'t Settings,
    schedule: Schedule,
    base_lr: f64,
    show: Option<Show>,
    pub(super) control: Control,
    pub(super) progress: Progress,
    pub(super) history: History,
    pub(super) values: Vec<(String, f64)>,
    pub(super) loss: MeanLoss,
    pub(super) best: Option<f64>,
    /// Whether this epoch is none of those that are validated.
    skips_validation: bool,
    /// When the epoch began, or was continued.
    start: Instant,
    pub(super) saving: Saving,
}

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
        let (mut driver, settings, schedule) = self.driver(source);
        fit(&mut driver, settings, schedule)
    }

    /// The parts of the trainer for the loop of a run, its settings and its schedule.
    pub(super) fn driver<'t>(
        &'t mut self,
        source: &'t dyn Source<B>,
    ) -> (Driver<'t, M, B, O>, &'t Settings, Option<&'t ScheduleOf>) {
        let Trainer {
            model,
            loss_grad,
            optimizer,
            judge,
            validation,
            schedule,
            average,
            callbacks,
            settings,
        } = self;
        optimizer.train(model);
        let driver = Driver {
            model,
            loss_grad,
            base_lr: optimizer.lr(),
            optimizer,
            judge,
            validation: validation.as_deref(),
            average: average.as_mut(),
            callbacks,
            source,
            batches: None,
            workspace: Workspace::with_seed(settings.seed),
            grads: M::Grads::zeros(),
            accumulator: Accumulator::new(settings.accumulate),
            current: None,
            held: None,
        };
        (driver, settings, schedule.as_deref())
    }
}

/// A run.
fn fit(
    engine: &mut dyn Engine,
    settings: &Settings,
    schedule: Option<&ScheduleOf>,
) -> Result<History, TrainError> {
    let Sizes { num_samples, num_batches: batches, .. } = engine.sizes();
    if batches == 0 {
        let remedy = "give it at least one, or with `drop_last` at least as many as a batch has";
        return Err(TrainError::NoSamples { part: "training", remedy });
    }
    if let Some(optimizer) = engine.takes_single_batches() {
        let conflicts =
            [("accumulate", settings.accumulate > 1), ("clip_grad_norm", settings.clip_norm.is_some())];
        if let Some((setting, _)) = conflicts.into_iter().find(|(_, is_set)| *is_set) {
            return Err(TrainError::SingleBatches { optimizer, setting });
        }
    }
    let steps = settings.epochs * batches.div_ceil(settings.accumulate) as u64;
    let progress = Progress { epochs: settings.epochs, steps, batches, num_samples, ..Progress::default() };
    let show = (!settings.quiet && !engine.is_displayed()).then(Show::default);
    let mut fit = Fit {
        base_lr: engine.lr(),
        engine,
        settings,
        schedule: schedule.map_or_else(Schedule::constant, |schedule| schedule(steps)),
        show,
        control: Control { stop: None, is_interrupted: false, lr_factor: 1.0 },
        progress,
        history: History::default(),
        values: Vec::new(),
        loss: MeanLoss::new(),
        best: None,
        skips_validation: false,
        start: Instant::now(),
        saving: Saving::new(settings.allowance),
    };
    match fit.run_epochs() {
        Ok(()) => Ok(fit.history),
        Err(error) => {
            // What happens here is of less interest.
            let _ = fit.save_what_is_known();
            fit.engine.fail(&error);
            Err(error)
        }
    }
}

impl Fit<'_> {
    fn run_epochs(&mut self) -> Result<(), TrainError> {
        self.enter_folder()?;
        self.call(Event::Start)?;
        let mut ended = self.control.stop.take().map_or(Ended::Finished, Ended::Stopped);
        while ended == Ended::Finished && self.progress.epoch < self.progress.epochs {
            if let Some(early) = self.run_epoch()? {
                ended = early;
            }
        }
        self.engine.close();
        self.save_what_is_left()?;
        self.history.ended = Some(ended);
        if self.settings.restore_best
            && let Some(path) = self.path("best.safetensors").filter(|path| path.exists())
        {
            self.engine.load_model(&path)?;
        }
        self.call(Event::End)
    }

    /// The rest of an epoch, and why the run ends with it, if it does.
    fn run_epoch(&mut self) -> Result<Option<Ended>, TrainError> {
        self.start = Instant::now();
        self.progress.samples_since = 0;
        self.engine.open(self.progress.epoch, self.progress.batch);
        while let Some(computed) = self.engine.next_batch() {
            let has_stepped = self.batch(computed?)?;
            if !has_stepped {
                continue;
            }
            let is_interrupted = self.is_interrupted();
            let is_due =
                self.settings.save_every.is_some_and(|steps| self.progress.step.is_multiple_of(steps));
            let is_over = is_interrupted || self.control.stop.is_some();
            // The end of an epoch is saved with its values.
            if (is_due || is_over) && self.progress.batch < self.progress.batches {
                self.save()?;
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
        self.engine.close();
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
        let flag = self.settings.interrupt.as_ref();
        self.control.is_interrupted || flag.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// Counts a batch, and takes a step with the last one of a group: whether there was one.
    fn batch(&mut self, computed: Computed) -> Result<bool, TrainError> {
        let Computed { loss, len, waited } = computed;
        self.loss.update(loss, len);
        self.progress.waited = waited;
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
        if self.settings.accumulate > 1 && !self.engine.gather(len, is_last) {
            return Ok(false);
        }
        self.step()?;
        Ok(true)
    }

    /// A step of the optimizer.
    fn step(&mut self) -> Result<(), TrainError> {
        self.call(Event::Gradients)?;
        if let Some(max_norm) = self.settings.clip_norm {
            self.progress.grad_norm = Some(self.engine.clip(max_norm));
        }
        self.engine.step(self.progress.lr)?;
        self.progress.step += 1;
        self.progress.elapsed = self.start.elapsed();
        self.call(Event::Step)
    }

    /// Validates, logs and saves.
    fn finish_epoch(&mut self) -> Result<(), TrainError> {
        self.progress.elapsed = self.start.elapsed();
        set(&mut self.values, "loss".to_owned(), self.loss.value());
        set(&mut self.values, "lr".to_owned(), self.progress.lr);
        let number = self.progress.epoch + 1;
        let is_due = number.is_multiple_of(self.settings.validate_every) || number == self.progress.epochs;
        if is_due {
            self.validate()?;
        }
        self.skips_validation = self.engine.is_judged().at_all && !is_due;
        self.call(Event::Epoch)?;
        let is_best = self.is_best()?;
        self.history.epochs.push(EpochRecord {
            epoch: number,
            step: self.progress.step,
            seconds: self.start.elapsed().as_secs_f64(),
            values: self.values.clone(),
        });
        let recorded = self.call(Event::Record);
        self.progress.epoch = number;
        (self.progress.batch, self.progress.samples) = (0, 0);
        self.loss.reset();
        self.values.clear();
        // An epoch whose report cannot be written has been trained, all the same.
        let mut saved = self.save_epoch(number, is_best);
        if recorded.is_err() {
            saved = saved.and_then(|()| self.save_what_is_left());
        }
        recorded.and(saved)
    }

    fn validate(&mut self) -> Result<(), TrainError> {
        let Some(evaluation) = self.engine.validate() else { return Ok(()) };
        for (name, value) in evaluation?.values {
            set(&mut self.values, format!("val_{name}"), value);
        }
        Ok(())
    }

    /// Whether the monitored value is the best so far.
    fn is_best(&mut self) -> Result<bool, TrainError> {
        let (name, direction) = match &self.settings.monitor {
            Some((name, direction)) => (name.clone(), *direction),
            None if self.engine.is_judged().by_loss => ("val_loss".to_owned(), Direction::LowerIsBetter),
            None => ("loss".to_owned(), Direction::LowerIsBetter),
        };
        let Some(value) = self.view().1.validated(&name, "monitor")? else { return Ok(false) };
        let is_better = self.best.is_none_or(|best| direction.is_better(value, best));
        if is_better {
            self.best = Some(value);
        }
        Ok(is_better)
    }

    /// What callbacks see.
    fn view(&mut self) -> (&mut dyn Engine, Run<'_>) {
        let run = Run {
            progress: &self.progress,
            history: &self.history,
            folder: self.settings.folder.as_deref(),
            values: &mut self.values,
            control: &mut self.control,
            #[cfg(feature = "dashboard")]
            settings: self.settings,
            skips_validation: self.skips_validation,
        };
        (self.engine, run)
    }

    fn call(&mut self, event: Event) -> Result<(), TrainError> {
        let (engine, run) = self.view();
        engine.call(event, run)?;
        // Last, so that it shows what callbacks have logged.
        let Some(mut show) = self.show.take() else { return Ok(()) };
        let shown = show.on(event, &mut self.view().1);
        self.show = Some(show);
        shown
    }

    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.settings.folder.as_ref().map(|folder| folder.join(name))
    }

    /// Makes the folder, and takes up the run that is in it, or not.
    fn enter_folder(&mut self) -> Result<(), TrainError> {
        let Some(folder) = self.settings.folder.clone() else { return Ok(()) };
        std::fs::create_dir_all(&folder).map_err(|source| Error::Io {
            action: "create the folder",
            path: folder.clone(),
            source,
        })?;
        let last = folder.join("last.safetensors");
        match (last.exists(), self.settings.existing) {
            (false, _) => Ok(()),
            (true, Existing::Overwrite) => Ok(remove_run(&folder)?),
            (true, Existing::Refuse) => Err(TrainError::FolderInUse { folder }),
            (true, Existing::Resume) => self.resume(&last),
        }
    }

    fn resume(&mut self, path: &Path) -> Result<(), TrainError> {
        let file = checkpoint::RunFile::read(path)?;
        let position = Position::of_text(&file.run()?, path)?;
        position.check(self.engine.sizes(), self.settings, path)?;
        self.engine.restore(&file, &position)?;
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
}
