//! The trap: generated code checks what each step has computed, in models that are compiled with it.

use super::super::Float;
use super::Statistics;
use crate::Error;

/// A step of a model that is compiled with the trap.
pub struct Step {
    /// The user's line: `src/net.rs:22:30`.
    pub place: &'static str,
    /// What is computed there: `ln`, `conv1: conv2d`.
    pub name: &'static str,
    /// Whether that belongs to the backward pass.
    pub backward: bool,
    /// Whether infinities are what the step is for: a constant that is infinite, as in a mask.
    pub makes_infinities: bool,
}

/// A value that a step reads or writes.
pub struct Operand<'a> {
    /// What the user would call it.
    pub name: &'static str,
    /// Its shape.
    pub shape: &'a [usize],
    /// Its elements.
    pub values: &'a [Float],
}

/// Looks at what a step has computed.
///
/// # Errors
/// [`Error::NotFinite`] when a result holds a NaN, or an infinity though no operand does and the step is not there to
/// make one.
pub fn check(step: &Step, results: &[Operand<'_>], operands: &[Operand<'_>]) -> Result<(), Error> {
    let has = |values: &[Operand<'_>], is: fn(Float) -> bool| {
        values.iter().any(|operand| operand.values.iter().any(|&value| is(value)))
    };
    let is_expected = |values: &[Operand<'_>]| {
        !has(values, Float::is_nan)
            && (!has(values, Float::is_infinite)
                || step.makes_infinities
                || has(operands, Float::is_infinite))
    };
    if is_expected(results) { Ok(()) } else { Err(report(step, results, operands)) }
}

#[cold]
fn report(step: &Step, results: &[Operand<'_>], operands: &[Operand<'_>]) -> Error {
    let line = |what: &str, operand: &Operand<'_>| {
        format!("\n  {what} `{}` = {}", operand.name, Statistics::of(operand.shape, operand.values))
    };
    let lines = operands.iter().map(|operand| line("from", operand));
    let lines: String = lines.chain(results.iter().map(|result| line("came", result))).collect();
    let has_nan = operands.iter().any(|operand| operand.values.iter().any(|value| value.is_nan()));
    let hint = if has_nan { "\n  the NaN was there before: a parameter or an argument holds it" } else { "" };
    let pass = if step.backward { "backward" } else { "forward" };
    Error::NotFinite(format!("`{}` in the {pass} pass, at {}{lines}{hint}", step.name, step.place))
}
