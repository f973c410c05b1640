//! Looking into a running model: what `dbg!` in a body prints, and the trap for values that are not finite.

use crate::element::Cast;

mod statistics;
mod trap;

pub use statistics::Statistics;
pub use trap::{Operand, Step, check};

/// Prints a value of a model to standard error: `[src/net.rs:21] self.fc(x) = [64, 10]: mean 0.0132, …`.
pub fn print<T: Cast<f64>>(place: &str, text: &str, shape: &[usize], values: &[T]) {
    eprintln!("[{place}] {text} = {}", Statistics::of(shape, values));
}
