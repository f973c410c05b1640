//! Training: a [`Trainer`] around the functions of a model.
//!
//! | what | where |
//! | --- | --- |
//! | epochs, steps, validation, files, continuing | [`Trainer`] |
//! | what happens meanwhile: closures, or a [`Callback`] | [`Trainer::on_step`], [`Trainer::on_epoch`], [`Trainer::callback`] |
//! | stopping early, lower rates, time limits, statistics | [`EarlyStopping`], [`ReduceOnPlateau`], [`TimeLimit`], [`Statistics`] |
//! | which learning rate to take | [`Trainer::range_test`] |
//! | curves on the terminal while a run goes on | `Dashboard` (feature `dashboard`) |
//! | the values of each epoch | [`History`]; as a page [`WriteReport`], for TensorBoard `WriteTensorBoard` (feature `tensorboard`) |
//! | searching hyper-parameters | [`tune`] |
//!
//! Who writes a loop of their own needs nothing of this: a model has `loss_grad_into`, an optimizer `step`.

mod callback;
mod callbacks;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "dashboard")]
mod dashboard;
mod engine;
mod error;
mod fit;
mod history;
mod judge;
mod logs;
mod observer;
mod position;
mod progress;
mod range_test;
mod saving;
mod source;
mod trainer;
pub mod tune;

pub use callback::{Callback, Moment, Progress};
pub use callbacks::{EarlyStopping, ReduceOnPlateau, Statistics, TimeLimit};
#[cfg(feature = "dashboard")]
pub use dashboard::Dashboard;
#[cfg(feature = "dashboard")]
#[doc(hidden)]
pub use dashboard::Simulation;
pub use error::TrainError;
pub use history::{Ended, EpochRecord, History};
pub use judge::{Evaluation, Metrics};
pub use logs::WriteReport;
#[cfg(feature = "tensorboard")]
pub use logs::WriteTensorBoard;
pub(crate) use progress::short;
pub use range_test::{LrCurve, RangePoint, RangeTest};
pub use trainer::Trainer;
