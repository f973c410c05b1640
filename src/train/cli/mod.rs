//! The program that [`train!`](macro@crate::train) makes: flags, files and subcommands around a
//! [`Trainer`](super::Trainer).

mod bench;
mod command;
mod commands;
mod common;
mod dashboard;
mod data;
mod find_lr;
mod kit;
mod outcome;
mod parts;
mod ranges;
mod report;
mod settings;
mod trained;
mod tune;
mod value;

use std::io::Write;
use std::process::ExitCode;

use macrograd_runtime::Workspace;

pub use super::tune::Range;
use super::{Callback, TrainError};
use crate::metrics::{Metric, Targets};
use crate::optim::{Optimizer, Schedule};
use crate::{Error, Model};
pub use data::{Data, OfAny, OfFolder, OfTable, Reader, data_for};
pub use parts::{First, IntoParts, Last, Leading, Output, Pictured};
pub use settings::{Setting, Settings};
pub use value::{Kind, Value};

/// What a declaration says, as the macro hands it over.
pub struct Declared<M: Model, B, O> {
    /// What needs no types.
    pub about: About,
    /// A model of a seed.
    pub model: fn(u64) -> M,
    /// The data.
    pub data: Data<B>,
    /// A step of training.
    pub loss_grad: LossGradOf<M, B>,
    /// The loss alone.
    pub loss: fn(&M, &B) -> Result<M::Float, Error>,
    /// What the model returns for a batch, and what that is judged by.
    pub outputs: Option<OutputsOf<M, B>>,
    /// By which outputs are judged, and the targets of a batch.
    pub judge: Option<JudgeOf<B>>,
    /// The first tensor of a batch, if a picture can be made of it.
    pub pictured: fn(&B) -> Option<Output>,
    /// Names of the classes; none where they have numbers only.
    pub classes: fn() -> Vec<String>,
    /// The optimizer.
    pub optimizer: fn(&Settings) -> O,
    /// The factor on the learning rate, for a number of steps.
    pub schedule: fn(&Settings, u64) -> Schedule,
    /// What happens besides.
    pub callbacks: fn(&Settings) -> Vec<Box<dyn Callback<M>>>,
}

/// What needs no types.
pub struct About {
    /// Name of the program.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it is for, in a line.
    pub about: &'static str,
    /// Everything that can be overridden, besides what all programs have.
    pub settings: Vec<Setting>,
    /// The value by which the best epoch is chosen.
    pub monitor: Option<&'static str>,
    /// The table of layers.
    pub summary: &'static str,
    /// What a search varies, unless flags say otherwise.
    pub tune: Vec<(&'static str, Range)>,
}

/// A step of training.
pub type LossGradOf<M, B> =
    fn(&M, &mut Workspace, &B, &mut <M as Model>::Grads) -> Result<<M as Model>::Float, Error>;
/// What a model returns for a batch.
pub type OutputsOf<M, B> = fn(&M, &B) -> Result<Output, Error>;

/// Metrics, and what they judge outputs by.
pub struct JudgeOf<B> {
    /// New metrics.
    pub metrics: fn() -> Vec<Box<dyn Metric>>,
    /// The targets of a batch.
    pub targets: for<'a> fn(&'a B) -> Targets<'a>,
}

/// Why a program ends with an error: the message, and the exit code.
#[derive(Debug)]
pub struct Failure {
    message: String,
    code: u8,
    /// Whether somebody has stopped to read what the program prints.
    is_closed_pipe: bool,
}

impl Failure {
    /// Wrong flags, variables or files of settings.
    fn usage(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), code: 2, is_closed_pipe: false }
    }

    /// Anything else.
    fn run(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), code: 1, is_closed_pipe: false }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::run(error.to_string())
    }
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Failure {
        Failure::run(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        let is_closed_pipe = error.kind() == std::io::ErrorKind::BrokenPipe;
        let message =
            format!("cannot write to standard output: {error}; send it elsewhere, or make room there");
        Failure { is_closed_pipe, ..Failure::run(message) }
    }
}

/// A callback of any type.
pub fn boxed<M: Model>(callback: impl Callback<M> + 'static) -> Box<dyn Callback<M>> {
    Box::new(callback)
}

/// A schedule behind so many steps in which the learning rate rises on a straight line; it is made for the steps that
/// are left.
pub fn warmed_up(warmup_steps: u64, steps: u64, schedule: impl FnOnce(u64) -> Schedule) -> Schedule {
    let warmup_steps = warmup_steps.min(steps);
    let schedule = schedule(steps - warmup_steps);
    if warmup_steps == 0 {
        return schedule;
    }
    Schedule::linear(1.0 / (warmup_steps as f64 + 1.0), 1.0, warmup_steps).then(warmup_steps, schedule)
}

/// A setting of every program, with the declared value.
pub fn common(name: &'static str, default: Option<Value>) -> Setting {
    let setting = common::common().into_iter().find(|setting| setting.name == name);
    Setting { default, ..setting.unwrap_or_else(|| panic!("no program has the setting `{name}`")) }
}

/// Runs the program that is declared, with the arguments of the process.
pub fn main<M, B, O>(declared: Declared<M, B, O>) -> ExitCode
where
    M: Model + 'static,
    B: Send + 'static,
    O: Optimizer + 'static,
{
    run(&declared)
}

fn run(kit: &dyn kit::Kit) -> ExitCode {
    match commands::run(kit, std::env::args_os()) {
        Ok(code) => code,
        Err(Failure { message, code, .. }) => {
            // Where nobody can be told, the exit code says it.
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::from(code)
        }
    }
}
