//! What each subcommand does.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::ArgMatches;

use super::command::{command, flags, missing, with_subcommand};
use super::data::{Data, Keep, Parts, Which};
use super::settings::{Kind, Setting, Settings, Value};
use super::{Declared, Failure, report};
use crate::checkpoint;
use crate::metrics::Direction;
use crate::optim::Optimizer;
use crate::replace::replace;
use crate::train::progress::short;
use crate::train::source::Source;
use crate::train::{
    Callback, EarlyStopping, Ended, EpochRecord, History, Moment, TimeLimit, TrainError, Trainer,
};
use crate::{Model, ModelGrads, Workspace};

/// What a shell expects of a program that SIGINT ended.
const INTERRUPTED: u8 = 130;

/// A program with its settings.
struct Program<'d, M: Model, B, O> {
    declared: &'d Declared<M, B, O>,
    settings: Settings,
    matches: ArgMatches,
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
    let settings = Settings::resolve(&known, &flags(matches, &known), environment, config)?;
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

/// The settings of a declaration, and those that every program has besides, as far as its data needs them.
fn all_settings<B>(declared: &[Setting], data: &Data<B>) -> Vec<Setting> {
    let mut all = declared.to_vec();
    all.extend(common().into_iter().filter(|one| !declared.iter().any(|known| known.name == one.name)));
    all.retain(|setting| match setting.name {
        "validation" => data.is_cut,
        "normalise" => data.is_normalised,
        _ => true,
    });
    all
}

/// The settings that every program has.
pub(super) fn common() -> Vec<Setting> {
    let setting = |name, kind, default, help| Setting { name, help, kind, default };
    let (count, whole) = (Kind::Count, Kind::Whole);
    let number = |value| Some(Value::Whole(value));
    vec![
        setting("epochs", count, number(10), "How often to go through the training data"),
        setting("batch", count, number(32), "Samples of a batch"),
        setting(
            "seed",
            whole,
            number(0),
            "Decides the initial parameters, the order of samples and all that is drawn",
        ),
        setting(
            "validation",
            Kind::Part,
            Some(Value::Real(0.1)),
            "Part of the data that is kept for validation",
        ),
        setting(
            "normalise",
            Kind::Flag,
            Some(Value::Flag(true)),
            "Bring features to mean 0 and deviation 1, as learned from the part to train with",
        ),
        setting("out", Kind::Path, Some(Value::Text("run".to_owned())), "Folder of the run"),
        setting("patience", count, None, "Stop after so many epochs that were no better than the best"),
        setting("clip_grad_norm", Kind::Positive, None, "Scale gradients down to this norm"),
        setting("accumulate", count, number(1), "Batches whose gradients make a step"),
        setting("ema", Kind::BelowOne, None, "Keep an average of the parameters, with this decay"),
        setting("time_limit", Kind::Positive, None, "Stop after so many seconds"),
        setting("save_every", count, None, "Save the run after every so many steps, too"),
        setting("keep_every", count, None, "Keep the model of every so many epochs"),
        setting("workers", whole, number(1), "Threads that make batches"),
        setting(
            "threads",
            count,
            None,
            "Threads to compute with, without effect on results [default: one per core]",
        ),
    ]
}

impl<M, B, O> Program<'_, M, B, O>
where
    M: Model + 'static,
    B: Send + 'static,
    O: Optimizer + 'static,
{
    fn whole(&self, name: &str) -> usize {
        self.settings.whole(name) as usize
    }

    fn out(&self) -> &Path {
        Path::new(self.settings.text("out"))
    }

    fn path(&self, name: &str) -> Option<&Path> {
        self.matches.try_get_one::<OsString>(name).ok().flatten().map(Path::new)
    }

    fn switch(&self, name: &str) -> bool {
        self.matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or(false)
    }

    /// An error where the data needs a path that nobody has given.
    fn check_path(&self) -> Result<(), Failure> {
        let needs_path = self.declared.settings.iter().any(|setting| setting.name == "data");
        if needs_path && !self.settings.has("data") {
            return Err(Failure::usage(missing("data")));
        }
        Ok(())
    }

    fn parts(&self) -> Result<Parts<B>, Failure> {
        self.check_path()?;
        (self.declared.data.parts)(&self.settings)
    }

    /// What the trained model is judged by.
    fn judged(&self, which: Which) -> Result<Box<dyn Source<B>>, Failure> {
        self.check_path()?;
        (self.declared.data.judged)(&self.settings, self.out(), which)
    }

    /// Names of the classes: those of the declaration, or those that the run has learned from its data.
    fn classes(&self) -> Result<Vec<String>, Failure> {
        match (self.declared.classes)() {
            names if names.is_empty() => (self.declared.data.classes)(self.out()),
            names => Ok(names),
        }
    }

    /// A trainer that can judge.
    fn judging(&self, model: M) -> Trainer<M, B, O> {
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

    /// The trained model: the file that is given, or the best one of the run.
    fn trained(&self) -> Result<M, Failure> {
        let path: PathBuf = match self.path("model") {
            Some(path) => path.to_path_buf(),
            None => {
                let best = self.out().join("best.safetensors");
                let last = self.out().join("last.safetensors");
                if !best.exists() && !last.exists() {
                    let out = self.out().display();
                    return Err(Failure::run(format!(
                        "there is no trained model in `{out}`: train one, name the folder of a run by `--out`, or a file by \
                         `--model`"
                    )));
                }
                if best.exists() { best } else { last }
            }
        };
        Ok(checkpoint::load(path)?)
    }

    fn eval(&self) -> Result<ExitCode, Failure> {
        let model = self.trained()?;
        let source = self.judged(if self.switch("all") { Which::All } else { Which::Validation })?;
        let evaluation = self.judging(model).evaluate_source(&*source)?;
        say(&format!("samples: {}", evaluation.samples))?;
        for (name, value) in &evaluation.values {
            say(&format!("{name}: {}", short(*value)))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn predict(&self) -> Result<ExitCode, Failure> {
        let Some(outputs) = self.declared.outputs else {
            return Err(Failure::usage(
                "the declaration has neither `metrics` nor `forward`, so it does not say what the model predicts: add \
                 `forward: Net::forward`",
            ));
        };
        let model = self.trained()?;
        let source = self.judged(Which::ToPredict)?;
        let names = self.classes()?;
        let write = |out: &mut dyn Write| -> Result<(), Failure> {
            let mut number = 0;
            for batch in source.open(0, 0) {
                let output = outputs(&model, &batch?.0)?;
                if number == 0 {
                    writeln!(out, "{}", heading(output.rows().next().map_or(0, <[f32]>::len)))?;
                }
                for row in output.rows() {
                    writeln!(out, "{number}{}", cells(row, &names))?;
                    number += 1;
                }
            }
            Ok(())
        };
        match self.path("save") {
            Some(path) => {
                let mut text = Vec::new();
                write(&mut text)?;
                replace(path, |out| out.write_all(&text))?;
            }
            None => ignoring_closed_pipes(write(&mut std::io::stdout().lock()))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Speed of training and of inference, the first tenth of the steps not counted.
    fn bench(&self) -> Result<ExitCode, Failure> {
        let steps = *self.matches.get_one::<u64>("steps").expect("it has a default");
        let train = self.parts()?.train;
        if train.num_batches() == 0 {
            return Err(Failure::run("there are no training samples"));
        }
        let mut model = (self.declared.model)(self.settings.whole("seed"));
        let mut optimizer = (self.declared.optimizer)(&self.settings);
        let (mut workspace, mut grads) = (Workspace::new(), M::Grads::zeros());
        let warm_up = steps.div_ceil(10);
        let (mut samples, mut waited, mut times) = (0, Duration::ZERO, Vec::new());
        let (mut done, mut epoch) = (0, 0);
        let mut start = Instant::now();
        while done < warm_up + steps {
            let mut batches = train.open(epoch, 0);
            loop {
                let before = batches.waited();
                let Some(batch) = batches.next().filter(|_| done < warm_up + steps) else { break };
                let (batch, len) = batch?;
                if done == warm_up {
                    (start, samples, waited) = (Instant::now(), 0, Duration::ZERO);
                    times.clear();
                }
                let step = Instant::now();
                (self.declared.loss_grad)(&model, &mut workspace, &batch, &mut grads)?;
                optimizer.step(&mut model, &mut grads);
                times.push(step.elapsed());
                samples += len;
                waited += batches.waited() - before;
                done += 1;
            }
            epoch += 1;
        }
        let seconds = start.elapsed().as_secs_f64();
        times.sort();
        let milliseconds = |time: Duration| short(1e3 * time.as_secs_f64());
        say(&format!(
            "training: {} ms a step (median of {steps}, fastest {}), {} samples/s, {} % of the time waiting for data",
            milliseconds(times[times.len() / 2]),
            milliseconds(times[0]),
            (samples as f64 / seconds).round(),
            (100.0 * waited.as_secs_f64() / seconds).round()
        ))?;
        self.bench_inference(&model, &*train)
    }

    fn bench_inference(&self, model: &M, train: &dyn Source<B>) -> Result<ExitCode, Failure> {
        let Some(outputs) = self.declared.outputs else { return Ok(ExitCode::SUCCESS) };
        let Some(batch) = train.open(0, 0).next() else { return Ok(ExitCode::SUCCESS) };
        let (batch, len) = batch?;
        let mut times = Vec::new();
        for _ in 0..*self.matches.get_one::<u64>("steps").expect("it has a default") {
            let start = Instant::now();
            outputs(model, &batch)?;
            times.push(start.elapsed());
        }
        times.sort();
        let median = times[times.len() / 2].as_secs_f64();
        let speed = (len as f64 / median).round();
        say(&format!("inference: {} ms for {len} samples (median), {speed} samples/s", short(1e3 * median)))?;
        Ok(ExitCode::SUCCESS)
    }

    fn summary(&self) -> Result<ExitCode, Failure> {
        say(self.declared.summary.trim_end())?;
        Ok(ExitCode::SUCCESS)
    }

    fn export(&self) -> Result<ExitCode, Failure> {
        let path = self.path("file").expect("clap requires it");
        checkpoint::save(&self.trained()?, path)?;
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

/// The line above predictions of so many numbers: with several, the class of the largest stands in front.
fn heading(len: usize) -> String {
    match len {
        1 => "sample,output".to_owned(),
        _ => (0..len)
            .map(|index| format!(",output_{index}"))
            .fold("sample,class".to_owned(), |all, one| all + &one),
    }
}

/// The predictions of a sample, behind its number.
fn cells(row: &[f32], names: &[String]) -> String {
    let values: String = row.iter().map(|value| format!(",{value}")).collect();
    let largest = (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]));
    match largest.filter(|_| row.len() > 1) {
        Some(largest) => match names.get(largest) {
            Some(name) => format!(",{}{values}", crate::train::history::cell(name)),
            None => format!(",{largest}{values}"),
        },
        None => values,
    }
}

/// Nobody reads any more: that is no failure.
fn ignoring_closed_pipes(result: Result<(), Failure>) -> Result<(), Failure> {
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
fn say(line: &str) -> Result<(), Failure> {
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
