//! What can go wrong in a search.

use std::path::PathBuf;

use super::super::TrainError;
use crate::Error;

/// Why a search cannot do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TuneError {
    /// A range that has no values, or a name twice.
    #[error("`{name}`: {problem}")]
    Range {
        /// The hyper-parameter.
        name: String,
        /// What is wrong with its range, and the remedy.
        problem: String,
    },
    /// No trial has this number.
    #[error("there is no trial {number}: `ask` has given out {asked} so far")]
    Unknown {
        /// The number.
        number: u64,
        /// How many trials there are; they are numbered from 1.
        asked: u64,
    },
    /// The outcome of the trial is known already.
    #[error(
        "trial {number} was told to have {outcome} already; each trial is told once, and reports nothing after it"
    )]
    ToldTwice {
        /// The number of the trial.
        number: u64,
        /// "finished", "been pruned" or "failed".
        outcome: &'static str,
    },
    /// A search cannot go on as it is declared now.
    #[error("{}: {name} was {before} when the search was started, but is {now} now; use the same, or start a new search", path.display())]
    Changed {
        /// The file of the search.
        path: PathBuf,
        /// What differs: a hyper-parameter in backticks, or a setting of the search.
        name: String,
        /// What it was in the file.
        before: String,
        /// What it is now.
        now: String,
    },
    /// A file that no search has written.
    #[error("{}, line {line}: {problem}", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// A file that cannot be read or written.
    #[error(transparent)]
    File(#[from] Error),
}

/// For searches inside callbacks of a trainer.
impl From<TuneError> for TrainError {
    fn from(error: TuneError) -> TrainError {
        TrainError::Callback(Box::new(error))
    }
}
