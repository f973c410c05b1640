//! Looking into a running model in f64.

#[path = "../watch/trap.rs"]
mod trap;

pub use crate::watch::{Statistics, print};
pub use trap::{Operand, Step, check};
