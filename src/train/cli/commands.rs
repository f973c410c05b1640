//! What each subcommand does.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::ArgMatches;

use super::command::{command, flags, missing, with_subcommand};
use super::common::all_settings;
use super::data::{Keep, Parts, Which};
use super::settings::{File, Settings};
use super::{Declared, Failure, report};
use crate::Model;
use crate::metrics::Direction;
use crate::optim::Optimizer;
use crate::replace::replace;
use crate::train::progress::short;
use crate::train::{
    Callback, EarlyStopping, Ended, EpochRecord, History, Moment, TimeLimit, TrainError, Trainer,
};

/// What a shell expects of a program that SIGINT ended.
const INTERRUPTED: u8 = 130;

/// A program with its settings.
pub(super) struct Program<'d, M: Model, B, O> {
    pub(super) declared: &'d Declared<M, B, O>,
    pub(super) settings: Settings,
    pub(super) matches: ArgMatches,
}

/// Reads the arguments and runs the subcommand.
pub(super) fn run<M, B, O>(
    declared: &Declared<M, B, O>,
    args: impl Iterator<Item = OsString>,
) -> Result<ExitCode, Failure>
where
    M: Model + 'static,
    B: Send + 'static,
    O: Optimizer + 'static,
{
    let known = all_settings(&declared.settings, &declared.data);
    let about = match declared.about {
        "" => format!("Trains, judges and uses {}.", M::NAME),
        about => about.to_owned(),
    };
    let command = command(declared.name, declared.version, about, &known);
    let matches = match command.try_get_matches_from(with_subcommand(args.collect())) {
        Ok(matches) => matches,
        // clap prints help and mistakes, and knows their exit codes.
        Err(error) => {
            let _ = error.print();
            return Ok(ExitCode::from(error.exit_code() as u8));
        }
    };
    let (name, matches) = matches.subcommand().expect("a subcommand is required");
    let config = matches.try_get_one::<OsString>("config").ok().flatten().map(Path::new);
    let environment = |name: &str| std::env::var(name).ok();
    let flags = flags(matches, &known);
    let file = config.map_or(File::None, File::Given);
    let mut settings = Settings::resolve(&known, &flags, environment, &file)?;
    let kept = Path::new(settings.text("out")).join("config.toml");
    if config.is_none() && is_about_a_run(name, matches) && kept.exists() {
        settings = Settings::resolve(&known, &flags, environment, &File::OfRun(&kept))?;
    }
    if settings.has("threads") {
        crate::set_num_threads(settings.whole("threads") as usize)?;
    }
    let program = Program { declared, settings, matches: matches.clone() };
    match name {
        "train" => program.train(),
        "eval" => program.eval(),
        "predict" => program.predict(),
        "bench" => program.bench(),
        "export" => program.export(),
        _ => program.summary(),
    }
}

/// Whether a command goes on with a run, or uses its model: then the settings of the run hold, unless others are given.
fn is_about_a_run(command: &str, matches: &ArgMatches) -> bool {
    match command {
        "train" => matches.get_flag("resume"),
        command => ["eval", "predict", "export"].contains(&command),
    }
}

impl<M, B, O> Program<'_, M, B, O>
where
    M: Model + 'static,
    B: Send + 'static,
    O: Optimizer + 'static,
{
    pub(super) fn whole(&self, name: &str) -> usize {
        self.settings.whole(name) as usize
    }

    pub(super) fn out(&self) -> &Path {
        Path::new(self.settings.text("out"))
    }

    pub(super) fn path(&self, name: &str) -> Option<&Path> {
        self.matches.try_get_one::<OsString>(name).ok().flatten().map(Path::new)
    }

    pub(super) fn switch(&self, name: &str) -> bool {
        self.matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or(false)
    }

    /// An error where the data needs a path that nobody has given.
    pub(super) fn check_path(&self) -> Result<(), Failure> {
        let needs_path = self.declared.settings.iter().any(|setting| setting.name == "data");
        if needs_path && !self.settings.has("data") {
            return Err(Failure::usage(missing("data")));
        }
        Ok(())
    }

    pub(super) fn parts(&self) -> Result<Parts<B>, Failure> {
        self.check_path()?;
        (self.declared.data.parts)(&self.settings)
    }

    /// Names of the classes: those of the declaration, or those that the run has learned from its data.
    pub(super) fn classes(&self) -> Result<Vec<String>, Failure> {
        match (self.declared.classes)() {
            names if names.is_empty() => (self.declared.data.classes)(self.out()),
            names => Ok(names),
        }
    }

    /// A trainer that can judge.
    pub(super) fn judging(&self, model: M) -> Trainer<M, B, O> {
        let declared = self.declared;
        let mut trainer = Trainer::new(model, declared.loss_grad)
            .optimizer((declared.optimizer)(&self.settings))
            .loss(declared.loss);
        if let (Some(judge), Some(outputs)) = (&declared.judge, declared.outputs) {
            let targets = judge.targets;
            trainer = trainer.metrics((judge.metrics)(), move |model, batch, metrics| {
                metrics.update(outputs(model, batch)?.view()?, targets(batch))
            });
        }
        trainer
    }

    fn train(&self) -> Result<ExitCode, Failure> {
        let Parts { train, validation, keep } = self.parts()?;
        let seed = self.settings.whole("seed");
        let flag = Arc::new(AtomicBool::new(false));
        handle_interrupts(&flag)?;
        let num_validated = validation.num_samples();
        let (monitor, direction) = self.monitor(num_validated > 0);
        let schedule = self.declared.schedule;
        let settings = self.settings.clone();
        let mut trainer = self
            .judging((self.declared.model)(seed))
            .schedule(move |steps| schedule(&settings, steps))
            .epochs(self.settings.whole("epochs"))
            .accumulate(self.whole("accumulate"))
            .seed(seed)
            .monitor(monitor.clone(), direction)
            .interrupt(flag)
            .folder(self.out());
        if num_validated > 0 {
            trainer = trainer.validation_source(validation);
        }
        trainer = self.with_options(trainer, &monitor, direction);
        if !self.switch("quiet") {
            say(&format!(
                "{} with {} parameters; {} samples to train with, {} to validate with",
                M::NAME,
                grouped(num_parameters::<M>()),
                grouped(train.num_samples()),
                grouped(num_validated)
            ))?;
        }
        trainer = trainer
            .callback(KeepBeside { config: self.settings.to_toml(), keep: Some(keep) })
            .callback(report::while_it_runs(self.declared, &self.settings));
        let history = trainer.fit_source(&*train)?;
        if history.ended != Some(Ended::Interrupted) {
            self.report(&history)?;
        }
        if !self.switch("quiet") {
            self.say_result(&history, &monitor, direction)?;
        }
        Ok(match history.ended {
            Some(Ended::Interrupted) => ExitCode::from(INTERRUPTED),
            _ => ExitCode::SUCCESS,
        })
    }

    /// The page of a run that has ended, about its best model.
    fn report(&self, history: &History) -> Result<(), Failure> {
        let (model, validation) = (self.trained()?, self.judged(Which::Validation)?);
        let names = self.classes()?;
        let page = report::at_the_end(self.declared, &self.settings, &names, history, &model, &*validation)?;
        Ok(page.write(self.out().join("report.html"))?)
    }

    fn with_options(
        &self,
        mut trainer: Trainer<M, B, O>,
        monitor: &str,
        direction: Direction,
    ) -> Trainer<M, B, O> {
        let settings = &self.settings;
        if settings.has("clip_grad_norm") {
            trainer = trainer.clip_grad_norm(settings.real("clip_grad_norm") as f32);
        }
        if settings.has("ema") {
            trainer = trainer.ema(settings.real("ema"));
        }
        if settings.has("save_every") {
            trainer = trainer.save_every(settings.whole("save_every"));
        }
        if settings.has("keep_every") {
            trainer = trainer.keep_every(settings.whole("keep_every"));
        }
        for callback in (self.declared.callbacks)(settings) {
            trainer = trainer.boxed_callback(callback);
        }
        if settings.has("patience") {
            let mut stopping = EarlyStopping::new(monitor).patience(settings.whole("patience"));
            if direction == Direction::HigherIsBetter {
                stopping = stopping.maximize();
            }
            trainer = trainer.callback(stopping);
        }
        if settings.has("time_limit") {
            trainer = trainer.callback(TimeLimit::new(Duration::from_secs_f64(settings.real("time_limit"))));
        }
        if self.switch("resume") {
            trainer = trainer.resume();
        } else if self.switch("overwrite") {
            trainer = trainer.overwrite();
        }
        if self.switch("quiet") { trainer.quiet() } else { trainer }
    }

    /// The value by which the best epoch is chosen.
    fn monitor(&self, has_validation: bool) -> (String, Direction) {
        let Some(name) = self.declared.monitor else {
            let name = if has_validation { "val_loss" } else { "loss" };
            return (name.to_owned(), Direction::LowerIsBetter);
        };
        let metrics = self.declared.judge.as_ref().map_or_else(Vec::new, |judge| (judge.metrics)());
        let metric = metrics.iter().find(|metric| name.strip_prefix("val_") == Some(metric.name()));
        (name.to_owned(), metric.map_or(Direction::LowerIsBetter, |metric| metric.direction()))
    }

    fn say_result(&self, history: &History, monitor: &str, direction: Direction) -> Result<(), Failure> {
        let Some(best) = history.best(monitor, direction) else { return Ok(()) };
        let EpochRecord { epoch, values, .. } = best;
        let shown = values.iter().filter(|(name, _)| !name.contains('/') && name != "lr");
        let shown: Vec<String> = shown.map(|(name, value)| format!("{name} {}", short(*value))).collect();
        let out = self.out().display();
        say(&format!(
            "best epoch {epoch}: {}\nmodel: {out}/best.safetensors\nreport: {out}/report.html",
            shown.join(", ")
        ))?;
        if history.ended == Some(Ended::Interrupted) {
            say("`train --resume` goes on from here")?;
        }
        Ok(())
    }

    fn summary(&self) -> Result<ExitCode, Failure> {
        say(self.declared.summary.trim_end())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Keeps the settings of a run, and what it has learned from the data, beside its files.
struct KeepBeside {
    config: String,
    keep: Option<Keep>,
}

impl<M: Model> Callback<M> for KeepBeside {
    fn on_start(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        let Some(folder) = moment.folder else { return Ok(()) };
        if let Some(keep) = self.keep.take() {
            keep(folder)?;
        }
        Ok(replace(&folder.join("config.toml"), |out| out.write_all(self.config.as_bytes()))?)
    }
}

/// Nobody reads any more: that is no failure.
pub(super) fn ignoring_closed_pipes(result: Result<(), Failure>) -> Result<(), Failure> {
    match result {
        Err(failure) if failure.is_closed_pipe => Ok(()),
        result => result,
    }
}

/// A count with commas, as people read it.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn num_parameters<M: Model>() -> usize {
    let is_parameter = |kind| kind != macrograd_runtime::state::Kind::Buffer;
    M::layout().tensors.iter().filter(|tensor| is_parameter(tensor.kind)).map(|tensor| tensor.numel()).sum()
}

/// A line on standard output.
pub(super) fn say(line: &str) -> Result<(), Failure> {
    ignoring_closed_pipes(writeln!(std::io::stdout().lock(), "{line}").map_err(Failure::from))
}

/// Lets the first Ctrl-C end the run between two steps, and the second one the program at once.
fn handle_interrupts(flag: &Arc<AtomicBool>) -> Result<(), Failure> {
    let flag = flag.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED.into());
        }
    })
    .map_err(|error| Failure::run(format!("cannot handle Ctrl-C: {error}")))
}
