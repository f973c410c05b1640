//! What can end a run early.

use std::path::PathBuf;

use crate::Error;
use crate::metrics::MetricError;

/// Why training or evaluation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// Data, a file or the model's own checks.
    #[error(transparent)]
    Run(#[from] Error),
    /// A metric cannot judge the outputs of the model.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A metric of a run cannot judge the outputs of the model.
    #[error("the metric `{metric}` does not fit: {source}")]
    CannotJudge {
        /// Its name.
        metric: String,
        /// Why.
        source: MetricError,
    },
    /// The loss is NaN or infinite.
    #[error(
        "the loss became {loss} in epoch {epoch}, batch {batch} (step {step}), at learning rate {lr:e}; try a lower rate, or \
         `clip_grad_norm`; a build with MACROGRAD_TRAP_NAN=1 names the line where it begins"
    )]
    NotFinite {
        /// The loss.
        loss: f64,
        /// Number of the epoch, from 1.
        epoch: u64,
        /// Number of the batch in the epoch, from 1.
        batch: usize,
        /// Steps before it in the run.
        step: u64,
        /// Learning rate of the step.
        lr: f64,
    },
    /// There is nothing to learn from, or to judge by.
    #[error("there are no {part} samples; {remedy}")]
    NoSamples {
        /// "training" or "validation".
        part: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// The optimizer computes the loss of a batch at several parameters, and cannot do so with other gradients than its own.
    #[error(
        "`{optimizer}` computes the loss of a batch again and again, which does not go with `{setting}`: leave that out, or use \
         another optimizer"
    )]
    SingleBatches {
        /// Its name.
        optimizer: &'static str,
        /// What it does not go with.
        setting: &'static str,
    },
    /// A new run would overwrite another one.
    #[error(
        "the folder {} holds a run already: continue it (`resume`, `--resume`), replace it (`overwrite`, `--overwrite`), or \
         choose another folder (`--out`)",
        folder.display()
    )]
    FolderInUse {
        /// The folder.
        folder: PathBuf,
    },
    /// A run cannot be continued as it is declared now.
    #[error("{}: the run was started with {name} = {before}, but is continued with {now}; use the same, or start a new run", path.display())]
    Changed {
        /// The checkpoint.
        path: PathBuf,
        /// What differs.
        name: &'static str,
        /// Its value in the checkpoint.
        before: String,
        /// Its value now.
        now: String,
    },
    /// The functions of the model are not those that the run was started with.
    #[error(
        "{}: the run was started with another `{model}`: its tensors are the same, but its functions compute something else, \
         or another version of macrograd compiles them; undo the change, or start a new run, perhaps from these parameters \
         (`load`, `--init`)",
        path.display()
    )]
    ChangedModel {
        /// The checkpoint.
        path: PathBuf,
        /// Name of the model.
        model: String,
    },
    /// Something waits for a value that the run does not have.
    #[error("`{wanted_by}` looks at `{name}`, but an epoch has {known}")]
    UnknownValue {
        /// Who looks.
        wanted_by: String,
        /// The value.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// An event file cannot be written.
    #[cfg(feature = "tensorboard")]
    #[error(transparent)]
    Report(#[from] crate::report::ReportError),
    /// A callback failed.
    #[error(transparent)]
    Callback(#[from] Box<dyn std::error::Error + Send + Sync>),
}
