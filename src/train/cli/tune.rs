//! A search over settings: trials are runs of the program in folders of their own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Failure;
use super::commands::{INTERRUPTED, Program, say};
use super::ranges::space;
use super::value::Value;
use crate::Error;
use crate::metrics::Direction;
use crate::replace::replace;
use crate::train::callback::Run;
use crate::train::observer::{Event, Observer};
use crate::train::progress::short;
use crate::train::trainer::Existing;
use crate::train::tune::{MedianPruning, Outcome, Sampler, Study, Trial, TuneError, Value as Tried};
use crate::train::{Ended, TrainError};

/// Files of a search, beside the folders of its trials.
const STUDY: &str = "study.jsonl";
const TABLE: &str = "trials.csv";
const BEST: &str = "best.toml";

/// A search that goes on.
struct Search<'p> {
    program: &'p Program<'p>,
    folder: PathBuf,
    study: Arc<Mutex<Study>>,
    interrupt: Arc<AtomicBool>,
    monitor: String,
    direction: Direction,
}

/// How a trial ended.
enum TrialEnd {
    Told(Outcome),
    Interrupted,
}

impl Program<'_> {
    /// Tries settings, and shows what came of them.
    pub(super) fn tune(&self) -> Result<ExitCode, Failure> {
        let trials = *self.matches.get_one::<u64>("trials").expect("it has a default");
        let (monitor, direction) = self.monitor(self.session()?.num_validated() > 0);
        let mut study = Study::new(space(self)?, direction).seed(self.settings.whole("seed"));
        if self.matches.get_one::<String>("sampler").is_some_and(|name| name == "random") {
            study = study.sampler(Sampler::Random);
        }
        if self.switch("prune") {
            study = study.prune(MedianPruning::default());
        }
        let folder = self.out().join("tune");
        let study = self.entered(study, &folder)?;
        let interrupt = self.interrupt()?;
        let study = Arc::new(Mutex::new(study));
        let search = Search { program: self, folder, study, interrupt, monitor, direction };
        let is_complete = search.run(trials)?;
        search.say_result(is_complete)?;
        Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::from(INTERRUPTED) })
    }

    /// The search in the folder, or a new one.
    fn entered(&self, study: Study, folder: &Path) -> Result<Study, Failure> {
        let path = folder.join(STUDY);
        let failed = |action, source| Error::Io { action, path: folder.to_path_buf(), source };
        if path.exists() {
            if self.switch("resume") {
                return Ok(study.resume(&path)?);
            }
            if !self.switch("overwrite") {
                return Err(Failure::run(format!(
                    "the folder {} holds a search already: continue it (`--resume`), replace it (`--overwrite`), or choose \
                     another folder (`--out`)",
                    folder.display()
                )));
            }
            std::fs::remove_dir_all(folder).map_err(|source| failed("remove the folder", source))?;
        }
        std::fs::create_dir_all(folder).map_err(|source| failed("create the folder", source))?;
        study.save(&path)?;
        Ok(study)
    }
}

impl Search<'_> {
    fn study(&self) -> MutexGuard<'_, Study> {
        self.study.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tries until there are so many trials: whether that came to be.
    fn run(&self, trials: u64) -> Result<bool, Failure> {
        loop {
            // Those that an interruption left come first.
            let open = self.study().open().next().map(|record| record.trial.clone());
            let trial = match open {
                Some(trial) => trial,
                None if self.study().trials().len() as u64 >= trials => return Ok(true),
                None => self.study().ask(),
            };
            self.save()?;
            match self.trial(&trial)? {
                TrialEnd::Interrupted => return Ok(false),
                TrialEnd::Told(outcome) => {
                    self.study().tell(trial.number, outcome)?;
                    self.save()?;
                    self.say_trial(&trial, trials)?;
                }
            }
        }
    }

    fn save(&self) -> Result<(), Failure> {
        let study = self.study();
        study.save(self.folder.join(STUDY))?;
        Ok(study.write_csv(self.folder.join(TABLE))?)
    }

    fn folder_of(&self, trial: &Trial) -> PathBuf {
        self.folder.join(format!("trial-{:03}", trial.number))
    }

    /// The program with the values of a trial, which runs in a folder of its own.
    fn program_of(&self, trial: &Trial, out: &Path) -> Program<'_> {
        let Program { kit, settings, matches, is_data_of_run } = self.program;
        let mut settings = settings.clone();
        for (name, value) in &trial.values {
            settings.set(name, setting(value));
        }
        settings.set("out", Value::Text(out.display().to_string()));
        Program { kit: *kit, settings, matches: matches.clone(), is_data_of_run: *is_data_of_run }
    }

    fn trial(&self, trial: &Trial) -> Result<TrialEnd, Failure> {
        let folder = self.folder_of(trial);
        let program = self.program_of(trial, &folder);
        if let Some(contradiction) = program.settings.contradiction() {
            return Ok(TrialEnd::Told(Outcome::Failed(contradiction)));
        }
        let mut session = program.prepared(&self.monitor, self.direction)?;
        let settings = session.settings();
        settings.quiet = true;
        settings.interrupt = Some(self.interrupt.clone());
        settings.existing = Existing::Resume;
        let is_pruned = Arc::new(AtomicBool::new(false));
        session.observe(Box::new(Judge {
            study: self.study.clone(),
            path: self.folder.join(STUDY),
            number: trial.number,
            monitor: self.monitor.clone(),
            is_pruned: is_pruned.clone(),
        }));
        let history = match session.fit() {
            Ok(history) => history,
            // Values at which nothing can be learned are what a search is to find out.
            Err(error @ TrainError::NotFinite { .. }) => {
                return Ok(TrialEnd::Told(Outcome::Failed(error.to_string())));
            }
            Err(error) => return Err(program.explain(error)),
        };
        if history.ended == Some(Ended::Interrupted) {
            return Ok(TrialEnd::Interrupted);
        }
        let best = history.best(&self.monitor, self.direction).and_then(|best| best.value(&self.monitor));
        Ok(TrialEnd::Told(match best {
            None => Outcome::Failed(format!("no epoch has a value `{}`", self.monitor)),
            Some(score) if is_pruned.load(Ordering::Relaxed) => Outcome::Pruned(score),
            Some(score) => Outcome::Finished(score),
        }))
    }

    fn say_trial(&self, trial: &Trial, trials: u64) -> Result<(), Failure> {
        let study = self.study();
        let values: Vec<String> =
            trial.values.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let record = study.trials().iter().find(|record| record.trial.number == trial.number);
        let outcome = match record.and_then(|record| record.outcome.as_ref()) {
            Some(Outcome::Finished(score)) => format!("{} {}", self.monitor, short(*score)),
            Some(Outcome::Pruned(score)) => format!("{} {}, ended early", self.monitor, short(*score)),
            Some(Outcome::Failed(_)) | None => "failed".to_owned(),
        };
        let best = match study.best() {
            Some(best) if best.trial.number == trial.number => " (the best so far)".to_owned(),
            Some(best) => match best.score() {
                Some(score) => format!(" (best: {}, trial {})", short(score), best.trial.number),
                None => String::new(),
            },
            None => String::new(),
        };
        let seconds = record.map_or(0.0, |record| record.seconds);
        say(&format!(
            "trial {}/{trials}: {}: {outcome}{best}, {seconds:.1} s",
            trial.number,
            values.join(", ")
        ))
    }

    fn say_result(&self, is_complete: bool) -> Result<(), Failure> {
        let best = self.study().best().map(|best| best.trial.clone());
        say(&format!("\n{}", self.study().table().trim_end()))?;
        if let Some(best) = &best {
            // In a folder of its own, where no run is yet.
            let program = self.program_of(best, &self.program.out().join("best"));
            let (path, folder) = (self.folder.join(BEST), self.folder_of(best));
            replace(&path, |out| out.write_all(program.settings.to_toml().as_bytes()))?;
            say(&format!(
                "\nmodel of the best trial: {}\nits settings: `train --config {}`",
                folder.join("best.safetensors").display(),
                path.display()
            ))?;
        }
        if !is_complete {
            let out = self.program.given_out();
            say(&format!("interrupted: `tune --resume{out}` goes on from here"))?;
        }
        Ok(())
    }
}

/// A value of a trial as that of a setting.
pub(super) fn setting(value: &Tried) -> Value {
    match value {
        Tried::Real(value) => Value::Real(*value),
        Tried::Whole(value) => Value::Whole(*value),
        Tried::Flag(value) => Value::Flag(*value),
        Tried::Text(value) => Value::Text(value.clone()),
    }
}

/// Tells the search how a trial does, epoch by epoch.
struct Judge {
    study: Arc<Mutex<Study>>,
    path: PathBuf,
    number: u64,
    monitor: String,
    is_pruned: Arc<AtomicBool>,
}

impl Observer for Judge {
    fn on(&mut self, event: Event, run: &mut Run<'_>) -> Result<(), TrainError> {
        match event {
            // A trial may have been killed when it was to end, and before the search knew that it has.
            Event::Start => {
                let epochs = run.history.epochs.iter();
                let scores = epochs.filter_map(|record| Some((record.epoch, record.value(&self.monitor)?)));
                self.report(run, scores)
            }
            Event::Epoch => {
                let score = run.validated(&self.monitor, "tune")?;
                self.report(run, score.map(|score| (run.progress.epoch + 1, score)).into_iter())
            }
            _ => Ok(()),
        }
    }
}

impl Judge {
    /// Tells the search scores of epochs, the last of which decides whether the trial goes on.
    fn report(&self, run: &mut Run<'_>, scores: impl Iterator<Item = (u64, f64)>) -> Result<(), TrainError> {
        let mut study = self.study.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_over = false;
        for (epoch, score) in scores {
            is_over = study.report(self.number, epoch, score)?;
        }
        if is_over {
            self.is_pruned.store(true, Ordering::Relaxed);
            run.stop("it does worse than most trials".to_owned());
        }
        Ok(study.save(&self.path)?)
    }
}

impl From<TuneError> for Failure {
    fn from(error: TuneError) -> Failure {
        match error {
            TuneError::Range { .. } => Failure::usage(error.to_string()),
            error => Failure::run(error.to_string()),
        }
    }
}
