//! The part of a program that depends on the types of model, batch and optimizer, behind traits: the program itself is
//! compiled once, and not with each declaration.

use std::path::Path;
use std::time::{Duration, Instant};

use super::data::{Keep, Parts, ToJudge, Which};
use super::{About, Declared, Failure, Output, Settings};
use crate::metrics::{Direction, Metric, Targets};
use crate::optim::{Averaged, Optimizer};
use crate::train::engine::Engine;
use crate::train::observer::{Observer, Observing};
use crate::train::source::Source;
use crate::train::{Evaluation, History, LrCurve, RangeTest, TrainError, Trainer, trainer};
use crate::{Error, Model, checkpoint};

/// What a declaration can do.
pub(super) trait Kit {
    /// What it says.
    fn about(&self) -> &About;
    /// The model, before anything is made.
    fn model(&self) -> ModelFacts;
    /// The data.
    fn data(&self) -> DataFacts;
    /// By what outputs are judged: names, and what is better.
    fn metrics(&self) -> Vec<(String, Direction)>;
    /// Names of the classes in the declaration.
    fn classes(&self) -> Vec<String>;
    /// Names of the classes that a run has learned from its data.
    fn learned_classes(&self, folder: &Path) -> Result<Vec<String>, Failure>;
    /// A new model, and the data to train it with.
    fn session(&self, settings: &Settings) -> Result<Box<dyn Session + '_>, Failure>;
    /// The model in a file, and data to judge it by.
    fn trained(
        &self,
        model: &Path,
        settings: &Settings,
        folder: &Path,
        which: Which,
    ) -> Result<Box<dyn Trained + '_>, Failure>;
    /// Copies the model in a file to another file, which holds nothing else.
    fn export(&self, model: &Path, to: &Path) -> Result<(), Failure>;
}

/// What is known of a model.
pub(super) struct ModelFacts {
    pub(super) name: &'static str,
    pub(super) num_parameters: usize,
    /// Whether it is known what the model returns for a batch.
    pub(super) has_outputs: bool,
}

/// What is known of data.
pub(super) struct DataFacts {
    /// Whether a part of it is kept for validation.
    pub(super) is_cut: bool,
    /// Whether features are normalised, unless a setting says otherwise.
    pub(super) is_normalised: bool,
}

/// A trainer with its data.
pub(super) trait Session {
    /// How many samples there are to train with.
    fn num_samples(&self) -> usize;
    /// How many samples there are to validate with.
    fn num_validated(&self) -> usize;
    /// The settings of the trainer.
    fn settings(&mut self) -> &mut trainer::Settings;
    /// Gives the model the parameters in a file; an average of them begins afterwards.
    fn load_model(&mut self, path: &Path) -> Result<(), Error>;
    /// Keeps an average of the parameters.
    fn average(&mut self, decay: f64);
    /// Adds a callback behind those of the declaration.
    fn observe(&mut self, observer: Box<dyn Observer>);
    /// Shows the run on the whole terminal, in a program that is built with the dashboard.
    fn display(&mut self);
    /// What writes down what was learned from the data; it is handed out once.
    fn keep(&mut self) -> Option<Keep>;
    /// Trains.
    fn fit(&mut self) -> Result<History, TrainError>;
    /// How the loss answers to learning rates.
    fn range_test(&mut self, test: &RangeTest) -> Result<LrCurve, TrainError>;
    /// Works with the parts of the trainer.
    fn drive(&mut self, work: &mut dyn FnMut(&mut dyn Engine) -> Result<(), Failure>) -> Result<(), Failure>;
    /// How long the outputs of the first batch take, so many times, and how many samples it has; nothing where it is not
    /// known what the model returns.
    fn time_outputs(&self, times: u64) -> Result<Option<(usize, Vec<Duration>)>, Failure>;
}

/// A trained model with data to judge it by.
pub(super) trait Trained {
    /// Its loss and metrics.
    fn evaluate(&mut self) -> Result<Evaluation, TrainError>;
    /// The file that each sample is from, where they are from many.
    fn files(&self) -> Option<&[String]>;
    /// Looks at each batch until `visit` wants no more; at none where it is not known what the model returns.
    fn visit(&self, visit: &mut dyn FnMut(Judged<'_>) -> Result<Visit, Failure>) -> Result<(), Failure>;
}

/// What a model returned for a batch.
pub(super) struct Judged<'b> {
    pub(super) len: usize,
    pub(super) output: Output,
    /// What it should have returned, if it is judged by that.
    pub(super) targets: Option<Targets<'b>>,
    /// The first tensor of the batch, if a picture can be made of it.
    pub(super) pictured: &'b dyn Fn() -> Option<Output>,
}

/// Whether a visitor goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Visit {
    GoOn,
    Stop,
}

impl<M, B, O> Declared<M, B, O>
where
    M: Model + 'static,
    B: Send + 'static,
    O: Optimizer + 'static,
{
    /// A trainer that can judge.
    fn trainer(&self, model: M, settings: &Settings) -> Trainer<M, B, O> {
        let mut trainer =
            Trainer::new(model, self.loss_grad).optimizer((self.optimizer)(settings)).loss(self.loss);
        if let (Some(judge), Some(outputs)) = (&self.judge, self.outputs) {
            let targets = judge.targets;
            trainer = trainer.metrics((judge.metrics)(), move |model, batch, metrics| {
                metrics.update(outputs(model, batch)?.view()?, targets(batch))
            });
        }
        trainer
    }
}

impl<M, B, O> Kit for Declared<M, B, O>
where
    M: Model + 'static,
    B: Send + 'static,
    O: Optimizer + 'static,
{
    fn about(&self) -> &About {
        &self.about
    }

    fn model(&self) -> ModelFacts {
        let num_parameters = num_parameters(M::layout());
        ModelFacts { name: M::NAME, num_parameters, has_outputs: self.outputs.is_some() }
    }

    fn data(&self) -> DataFacts {
        DataFacts { is_cut: self.data.is_cut, is_normalised: self.data.is_normalised }
    }

    fn metrics(&self) -> Vec<(String, Direction)> {
        self.judge.as_ref().map_or_else(Vec::new, |judge| directions(&(judge.metrics)()))
    }

    fn classes(&self) -> Vec<String> {
        (self.classes)()
    }

    fn learned_classes(&self, folder: &Path) -> Result<Vec<String>, Failure> {
        (self.data.classes)(folder)
    }

    fn session(&self, settings: &Settings) -> Result<Box<dyn Session + '_>, Failure> {
        let Parts { train, validation, keep } = (self.data.parts)(settings)?;
        let mut trainer = self.trainer((self.model)(settings.whole("seed")), settings);
        let (schedule, for_schedule) = (self.schedule, settings.clone());
        trainer.schedule = Some(Box::new(move |steps| schedule(&for_schedule, steps)));
        trainer.callbacks = (self.callbacks)(settings);
        trainer.validation = (validation.num_samples() > 0).then_some(validation);
        Ok(Box::new(Training { outputs: self.outputs, trainer, train, keep: Some(keep) }))
    }

    fn trained(
        &self,
        model: &Path,
        settings: &Settings,
        folder: &Path,
        which: Which,
    ) -> Result<Box<dyn Trained + '_>, Failure> {
        let trainer = self.trainer(checkpoint::load(model)?, settings);
        let ToJudge { source, files } = (self.data.judged)(settings, folder, which)?;
        Ok(Box::new(Judging { declared: self, trainer, source, files }))
    }

    fn export(&self, model: &Path, to: &Path) -> Result<(), Failure> {
        Ok(checkpoint::save(&checkpoint::load::<M>(model)?, to)?)
    }
}

struct Training<M: Model, B, O> {
    outputs: Option<super::OutputsOf<M, B>>,
    trainer: Trainer<M, B, O>,
    train: Box<dyn Source<B>>,
    keep: Option<Keep>,
}

impl<M, B, O> Session for Training<M, B, O>
where
    M: Model + 'static,
    B: Send + 'static,
    O: Optimizer + 'static,
{
    fn num_samples(&self) -> usize {
        self.train.num_samples()
    }

    fn num_validated(&self) -> usize {
        self.trainer.validation.as_ref().map_or(0, |validation| validation.num_samples())
    }

    fn settings(&mut self) -> &mut trainer::Settings {
        &mut self.trainer.settings
    }

    fn load_model(&mut self, path: &Path) -> Result<(), Error> {
        checkpoint::load_into(&mut self.trainer.model, path)
    }

    fn average(&mut self, decay: f64) {
        self.trainer.average = Some(Averaged::ema(&self.trainer.model, decay));
    }

    fn observe(&mut self, observer: Box<dyn Observer>) {
        self.trainer.callbacks.push(Box::new(Observing(observer)));
    }

    fn display(&mut self) {
        #[cfg(feature = "dashboard")]
        self.trainer.callbacks.push(Box::new(crate::train::Dashboard::new()));
    }

    fn keep(&mut self) -> Option<Keep> {
        self.keep.take()
    }

    fn fit(&mut self) -> Result<History, TrainError> {
        self.trainer.fit_source(&*self.train)
    }

    fn range_test(&mut self, test: &RangeTest) -> Result<LrCurve, TrainError> {
        self.trainer.range_test_source(&*self.train, test)
    }

    fn drive(&mut self, work: &mut dyn FnMut(&mut dyn Engine) -> Result<(), Failure>) -> Result<(), Failure> {
        work(&mut self.trainer.driver(&*self.train).0)
    }

    fn time_outputs(&self, times: u64) -> Result<Option<(usize, Vec<Duration>)>, Failure> {
        let (Some(outputs), Some(batch)) = (self.outputs, self.train.open(0, 0).next()) else {
            return Ok(None);
        };
        let (batch, len) = batch?;
        let mut durations = Vec::new();
        for _ in 0..times {
            let start = Instant::now();
            outputs(&self.trainer.model, &batch)?;
            durations.push(start.elapsed());
        }
        Ok(Some((len, durations)))
    }
}

struct Judging<'d, M: Model, B, O> {
    declared: &'d Declared<M, B, O>,
    trainer: Trainer<M, B, O>,
    source: Box<dyn Source<B>>,
    files: Option<Vec<String>>,
}

impl<M, B, O> Trained for Judging<'_, M, B, O>
where
    M: Model + 'static,
    B: Send + 'static,
    O: Optimizer + 'static,
{
    fn evaluate(&mut self) -> Result<Evaluation, TrainError> {
        self.trainer.evaluate_source(&*self.source)
    }

    fn files(&self) -> Option<&[String]> {
        self.files.as_deref()
    }

    fn visit(&self, visit: &mut dyn FnMut(Judged<'_>) -> Result<Visit, Failure>) -> Result<(), Failure> {
        let Some(outputs) = self.declared.outputs else { return Ok(()) };
        for batch in self.source.open(0, 0) {
            let (batch, len) = batch?;
            let judged = Judged {
                len,
                output: outputs(&self.trainer.model, &batch)?,
                targets: self.declared.judge.as_ref().map(|judge| (judge.targets)(&batch)),
                pictured: &|| (self.declared.pictured)(&batch),
            };
            if visit(judged)? == Visit::Stop {
                break;
            }
        }
        Ok(())
    }
}

fn num_parameters(layout: &macrograd_runtime::state::Layout) -> usize {
    let is_parameter = |kind| kind != macrograd_runtime::state::Kind::Buffer;
    layout.tensors.iter().filter(|tensor| is_parameter(tensor.kind)).map(|tensor| tensor.numel()).sum()
}

fn directions(metrics: &[Box<dyn Metric>]) -> Vec<(String, Direction)> {
    metrics.iter().map(|metric| (metric.name().to_owned(), metric.direction())).collect()
}
