//! What each subcommand does.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::ArgMatches;

use super::command::{command, flags, missing, with_subcommand};
use super::common::{all_settings, check_declared};
use super::data::{Keep, Which};
use super::kit::{Kit, ModelFacts, Session};
use super::settings::{File, Settings};
use super::{Failure, Value, dashboard, outcome, report};
use crate::Error;
use crate::metrics::Direction;
use crate::replace::replace;
use crate::train::callback::Run;
use crate::train::observer::{Event, Observer};
use crate::train::trainer::Existing;
use crate::train::{EarlyStopping, Ended, History, TimeLimit, TrainError};

/// What a shell expects of a program that SIGINT ended.
pub(super) const INTERRUPTED: u8 = 130;

/// A program with its settings.
pub(super) struct Program<'d> {
    pub(super) kit: &'d dyn Kit,
    pub(super) settings: Settings,
    pub(super) matches: ArgMatches,
    /// Whether the data that is judged is what the run has learned from, as far as its path tells: then a part of it is for
    /// validation.
    pub(super) is_data_of_run: bool,
}

/// Reads the arguments and runs the subcommand.
pub(super) fn run(kit: &dyn Kit, args: impl Iterator<Item = OsString>) -> Result<ExitCode, Failure> {
    let declared = kit.about();
    let known = all_settings(&declared.settings, &kit.data());
    check_declared(&declared.settings, &kit.data())?;
    let about = match declared.about {
        "" => format!("Trains, judges and uses {}.", kit.model().name),
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
    let mut flags = flags(matches, &known);
    if let Some(folder) = folder_of_model(matches).filter(|_| !flags.contains_key("out")) {
        flags.insert("out", Value::Text(folder.to_string_lossy().into_owned()));
    }
    let file = config.map_or(File::None, File::Given);
    let mut settings = Settings::resolve(&known, &flags, environment, &file)?;
    let kept = Path::new(settings.text("out")).join("config.toml");
    if config.is_none() && is_about_a_run(name, matches) && kept.exists() {
        settings = Settings::resolve(&known, &flags, environment, &File::OfRun(&kept))?;
    }
    let is_data_of_run = name != "eval" || !settings.has("data") || !kept.exists() || {
        let of_run = Settings::resolve(&known, &BTreeMap::new(), |_| None, &File::OfRun(&kept))?;
        of_run.has("data") && is_same_file(Path::new(of_run.text("data")), Path::new(settings.text("data")))
    };
    if let Some(contradiction) = settings.contradiction() {
        return Err(Failure::usage(contradiction));
    }
    if settings.has("threads") {
        crate::set_num_threads(settings.whole("threads") as usize)?;
    }
    let program = Program { kit, settings, matches: matches.clone(), is_data_of_run };
    match name {
        "train" => program.train(),
        "eval" => program.eval(),
        "predict" => program.predict(),
        "tune" => program.tune(),
        "find-lr" => program.find_lr(),
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

/// The folder of a model that is given: where it is that of a run, what the run has learned from its data is there.
fn folder_of_model(matches: &ArgMatches) -> Option<PathBuf> {
    let model = Path::new(matches.try_get_one::<OsString>("model").ok().flatten()?);
    let folder = model.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.join("config.toml").exists().then(|| folder.to_path_buf())
}

pub(super) fn is_same_file(a: &Path, b: &Path) -> bool {
    let canonical = |path| std::fs::canonicalize(path).ok();
    a == b || canonical(a).is_some_and(|a| canonical(b) == Some(a))
}

impl Program<'_> {
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

    /// The flag that names the folder of the run, where it is not the declared one.
    pub(super) fn given_out(&self) -> String {
        let declared = self.kit.about().settings.iter().find(|setting| setting.name == "out");
        let declared = declared.and_then(|setting| setting.default.as_ref()).map(ToString::to_string);
        let out = self.settings.text("out");
        if out == declared.as_deref().unwrap_or("run") { String::new() } else { format!(" --out {out}") }
    }

    /// An error where the data needs a path that nobody has given.
    pub(super) fn check_path(&self) -> Result<(), Failure> {
        let needs_path = self.kit.about().settings.iter().any(|setting| setting.name == "data");
        if needs_path && !self.settings.has("data") {
            return Err(Failure::usage(missing("data")));
        }
        Ok(())
    }

    /// A new model, and the data to train it with.
    pub(super) fn session(&self) -> Result<Box<dyn Session + '_>, Failure> {
        self.check_path()?;
        self.kit.session(&self.settings)
    }

    /// Names of the classes: those of the declaration, or those that the run has learned from its data.
    pub(super) fn classes(&self) -> Result<Vec<String>, Failure> {
        match self.kit.classes() {
            names if names.is_empty() => self.kit.learned_classes(self.out()),
            names => Ok(names),
        }
    }

    fn train(&self) -> Result<ExitCode, Failure> {
        if self.switch("dashboard") {
            dashboard::check()?;
        }
        let mut session = self.session()?;
        if let Some(path) = self.path("init") {
            session.load_model(path)?;
        }
        let num_validated = session.num_validated();
        let (monitor, direction) = self.monitor(num_validated > 0);
        let mut session = self.configured(session, &monitor, direction);
        session.settings().interrupt = Some(self.interrupt()?);
        if !self.switch("quiet") {
            let ModelFacts { name, num_parameters, .. } = self.kit.model();
            say(&format!(
                "{name} with {} parameters; {} samples to train with, {} to validate with",
                grouped(num_parameters),
                grouped(session.num_samples()),
                grouped(num_validated)
            ))?;
        }
        if self.switch("dashboard") {
            session.display();
        }
        let before = self.kept_files();
        let history = session.fit().map_err(|error| {
            let failure = self.explain(error);
            self.remove_beginnings(&before);
            failure
        })?;
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

    /// What stands beside the files of a run, as far as it is there.
    fn kept_files(&self) -> Vec<PathBuf> {
        let names = ["config.toml", "classes.json", "encoding.json", "normaliser.json", "report.html"];
        names.iter().map(|name| self.out().join(name)).filter(|path| path.exists()).collect()
    }

    /// Of a run that has failed before there was anything to go on from, nothing is left.
    fn remove_beginnings(&self, before: &[PathBuf]) {
        if self.out().join("last.safetensors").exists() {
            return;
        }
        for path in self.kept_files().iter().filter(|path| !before.contains(path)) {
            // What is left does no harm; the error of the run is what matters.
            let _ = std::fs::remove_file(path);
        }
        // Only if it is empty.
        let _ = std::fs::remove_dir(self.out());
    }

    /// An error of a run. Of a label that the model has no output for, the data knows the name.
    pub(super) fn explain(&self, error: TrainError) -> Failure {
        let TrainError::Run(Error::LabelOutOfRange { label, classes, .. }) = &error else {
            return error.into();
        };
        let data = if self.settings.has("data") { self.settings.text("data") } else { "the data" };
        let names = self.classes().unwrap_or_default();
        let name = usize::try_from(*label).ok().and_then(|label| names.get(label));
        let problem = match name {
            Some(name) => {
                format!("has {} classes ({}), and label {label} is `{name}`", names.len(), names.join(", "))
            }
            None => format!("has the label {label}, and labels are numbered from 0"),
        };
        Failure::run(format!(
            "{data} {problem}, but the model has outputs for {classes}; correct the data, or give the model as many outputs"
        ))
    }

    /// The page of a run that has ended, about its best model.
    fn report(&self, history: &History) -> Result<(), Failure> {
        let (trained, names) = (self.trained(Which::Validation)?, self.classes()?);
        let page = report::at_the_end(self.kit, &self.settings, &names, history, &*trained)?;
        Ok(page.write(self.out().join("report.html"))?)
    }

    pub(super) fn clip_norm(&self) -> Option<f32> {
        self.settings.has("clip_grad_norm").then(|| self.settings.real("clip_grad_norm") as f32)
    }

    /// A flag that the first Ctrl-C sets.
    pub(super) fn interrupt(&self) -> Result<Arc<AtomicBool>, Failure> {
        let flag = Arc::new(AtomicBool::new(false));
        handle_interrupts(&flag)?;
        Ok(flag)
    }

    /// A new model and its data, with the settings of the program.
    pub(super) fn prepared(
        &self,
        monitor: &str,
        direction: Direction,
    ) -> Result<Box<dyn Session + '_>, Failure> {
        Ok(self.configured(self.session()?, monitor, direction))
    }

    /// Gives a trainer the settings of the program.
    fn configured<'s>(
        &self,
        mut session: Box<dyn Session + 's>,
        monitor: &str,
        direction: Direction,
    ) -> Box<dyn Session + 's> {
        let real = |name| self.settings.has(name).then(|| self.settings.real(name));
        let whole = |name| self.settings.has(name).then(|| self.settings.whole(name));
        let settings = session.settings();
        settings.epochs = self.settings.whole("epochs");
        settings.accumulate = self.whole("accumulate");
        settings.seed = self.settings.whole("seed");
        settings.monitor = Some((monitor.to_owned(), direction));
        settings.folder = Some(self.out().to_path_buf());
        settings.clip_norm = self.clip_norm();
        settings.save_every = whole("save_every");
        settings.keep_every = whole("keep_every");
        settings.quiet = self.switch("quiet");
        settings.existing = match (self.switch("resume"), self.switch("overwrite")) {
            (true, _) => Existing::Resume,
            (false, true) => Existing::Overwrite,
            (false, false) => Existing::Refuse,
        };
        if let Some(decay) = real("ema") {
            session.average(decay);
        }
        if let Some(patience) = whole("patience") {
            let stopping = EarlyStopping::new(monitor).patience(patience);
            session.observe(Box::new(match direction {
                Direction::HigherIsBetter => stopping.maximize(),
                Direction::LowerIsBetter => stopping,
            }));
        }
        if let Some(seconds) = real("time_limit") {
            session.observe(Box::new(TimeLimit::new(Duration::from_secs_f64(seconds))));
        }
        let keep = session.keep();
        session.observe(Box::new(KeepBeside { config: self.settings.to_toml(), keep }));
        session.observe(Box::new(report::while_it_runs(self.kit, &self.settings)));
        session
    }

    /// The value by which the best epoch is chosen.
    pub(super) fn monitor(&self, has_validation: bool) -> (String, Direction) {
        let Some(name) = self.kit.about().monitor else {
            let name = if has_validation { "val_loss" } else { "loss" };
            return (name.to_owned(), Direction::LowerIsBetter);
        };
        let metrics = self.kit.metrics();
        let metric = metrics.iter().find(|(metric, _)| name.strip_prefix("val_") == Some(metric));
        (name.to_owned(), metric.map_or(Direction::LowerIsBetter, |&(_, direction)| direction))
    }

    fn say_result(&self, history: &History, monitor: &str, direction: Direction) -> Result<(), Failure> {
        let Some(table) = outcome::table(history, monitor, direction) else { return Ok(()) };
        let out = self.out().display();
        say(&format!("\n{table}\n\nmodel: {out}/best.safetensors\nreport: {out}/report.html"))?;
        if history.ended == Some(Ended::Interrupted) {
            say(&format!("`train --resume{}` goes on from here", self.given_out()))?;
        }
        Ok(())
    }

    fn summary(&self) -> Result<ExitCode, Failure> {
        say(self.kit.about().summary.trim_end())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Keeps the settings of a run, and what it has learned from the data, beside its files.
struct KeepBeside {
    config: String,
    keep: Option<Keep>,
}

impl Observer for KeepBeside {
    fn on(&mut self, event: Event, run: &mut Run<'_>) -> Result<(), TrainError> {
        let (Event::Start, Some(folder)) = (event, run.folder) else { return Ok(()) };
        if let Some(keep) = self.keep.take() {
            keep(folder)?;
        }
        // Nothing is left to be trained, so the settings are not those of any epoch.
        if run.progress.step > 0 && run.progress.epoch >= run.progress.epochs {
            return Ok(());
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

/// A line on standard output.
pub(super) fn say(line: &str) -> Result<(), Failure> {
    ignoring_closed_pipes(writeln!(std::io::stdout().lock(), "{line}").map_err(Failure::from))
}

/// Lets the first Ctrl-C end the run between two steps, and the second one the program at once.
fn handle_interrupts(flag: &Arc<AtomicBool>) -> Result<(), Failure> {
    let flag = flag.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            dashboard::restore();
            std::process::exit(INTERRUPTED.into());
        }
    })
    .map_err(|error| Failure::run(format!("cannot handle Ctrl-C and signals to end: {error}")))
}
