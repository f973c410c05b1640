//! Logarithms of probabilities that could be taken of the scores.

use super::trace::{Kind, Trace};
use super::{Found, Lint};
use crate::diagnostics::Diagnostic;
use crate::graph::scalar::{Binary, Scalar};
use crate::graph::{Float, Value};
use crate::lower::Called;

/// `x.softmax().ln()`, `x.sigmoid().ln()` and `(1.0 - x.sigmoid()).ln()`.
pub(super) fn check(call: &Called, trace: &Trace<'_>) -> Found {
    if !matches!(call.method, "ln" | "log2" | "log10") {
        return None;
    }
    let operand = call.operand(0)?;
    let (source, is_complement) = match trace.source(operand) {
        Some(source) => (source, false),
        None => (trace.source(complement(operand, trace)?)?, true),
    };
    if trace.is_hidden(source.value, call) {
        return None;
    }
    let name = &trace.origin(source.value).name;
    let (lint, instead) = match (source.kind, is_complement) {
        (Kind::Softmax(axis), false) if &**name == "softmax" => {
            (Lint::LogOfSoftmax, format!("`log_softmax({axis})` in the place of `softmax`"))
        }
        (Kind::Softmax(axis), false) => {
            (Lint::LogOfSoftmax, format!("`log_softmax({axis})` of what goes into `{name}`, negated"))
        }
        (Kind::Sigmoid, false) => (Lint::LogOfSigmoid, format!("`log_sigmoid()` in the place of `{name}`")),
        (Kind::Sigmoid, true) => {
            (Lint::LogOfSigmoid, format!("`(-x).log_sigmoid()`, where `x` is what goes into `{name}`"))
        }
        (Kind::Softmax(_), true) | (Kind::Scores, _) => return None,
    };
    let of = if is_complement { format!("1 - `{name}`") } else { format!("`{name}`") };
    let divided = match call.method {
        "log2" => " and divide by the logarithm of 2",
        "log10" => " and divide by the logarithm of 10",
        _ => "",
    };
    let method = call.method;
    let diagnostic = Diagnostic::new(
        call.origin.span,
        format!(
            "`{method}` of {of} is -∞, and its gradient NaN, where the probability is too small for `{}`",
            Float::current().name()
        ),
    )
    .note(format!("{} makes the probabilities", trace.text(source, call)))
    .help(format!("write {instead}, and leave `{method}` out{divided}"));
    Some((lint, diagnostic))
}

/// The `p` in `1 - p`.
fn complement(value: Value, trace: &Trace<'_>) -> Option<Value> {
    match trace.expression(value)? {
        (Scalar::Binary(Binary::Sub, one, p), &[operand])
            if matches!(**one, Scalar::Const(one) if one.value() == 1.0) && **p == Scalar::Arg(0) =>
        {
            Some(operand)
        }
        _ => None,
    }
}
