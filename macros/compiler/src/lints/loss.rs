//! Losses that are given something else than what they take: scores, probabilities, or logarithms of probabilities.

use super::trace::{Kind, Trace};
use super::{Found, Lint};
use crate::diagnostics::Diagnostic;
use crate::lower::Called;

/// `x.softmax().cross_entropy(label)` and its kin.
pub(super) fn check(call: &Called, trace: &Trace<'_>) -> Found {
    let takes = match call.method {
        "cross_entropy" => "scores and applies `log_softmax` itself",
        "bce_with_logits_loss" | "multilabel_soft_margin_loss" | "sigmoid_focal_loss" => {
            "scores and applies `sigmoid` itself"
        }
        "nll_loss" | "kl_div" => "logarithms of probabilities",
        "bce_loss" => "probabilities",
        _ => return None,
    };
    let source = trace.source(call.operand(0)?)?;
    if trace.is_hidden(source.value, call) {
        return None;
    }
    let name = &trace.origin(source.value).name;
    let what_goes_in = || format!("pass what goes into `{name}`");
    let (lint, help) = match (call.method, source.kind) {
        ("cross_entropy", Kind::Softmax(_) | Kind::Sigmoid) => {
            (Lint::CrossEntropyOfProbabilities, what_goes_in())
        }
        ("bce_with_logits_loss", Kind::Softmax(_) | Kind::Sigmoid) => {
            (Lint::BceWithLogitsOfProbabilities, format!("{}, or write `bce_loss`", what_goes_in()))
        }
        ("multilabel_soft_margin_loss" | "sigmoid_focal_loss", Kind::Softmax(_) | Kind::Sigmoid) => {
            (Lint::BceWithLogitsOfProbabilities, what_goes_in())
        }
        ("nll_loss", Kind::Softmax(_) | Kind::Sigmoid) => {
            (Lint::NllLossOfProbabilities, format!("write {}", logarithm_of(source.kind, name)))
        }
        ("kl_div", Kind::Softmax(_) | Kind::Sigmoid) => {
            (Lint::KlDivOfProbabilities, format!("write {}", logarithm_of(source.kind, name)))
        }
        ("nll_loss", Kind::Scores) => (
            Lint::NllLossOfScores,
            "write `cross_entropy`, which applies `log_softmax` itself, or put `.log_softmax(1)` before it"
                .to_string(),
        ),
        ("bce_loss", Kind::Scores) => (
            Lint::BceLossOfScores,
            "write `bce_with_logits_loss`, which applies `sigmoid` itself, or put `.sigmoid()` before it"
                .to_string(),
        ),
        _ => return None,
    };
    let given = match (call.method, source.kind) {
        ("nll_loss", Kind::Scores) => "scores, with which it has no least value",
        ("bce_loss", Kind::Scores) => "scores, which are not between 0 and 1",
        (_, Kind::Scores) => "scores",
        (_, Kind::Softmax(_) | Kind::Sigmoid) => "probabilities",
    };
    let makes = if source.kind == Kind::Scores { "makes the scores" } else { "makes the probabilities" };
    let diagnostic =
        Diagnostic::new(call.origin.span, format!("`{}` takes {takes}, but is given {given}", call.method))
            .note(format!("{} {makes}", trace.text(source, call)))
            .help(help);
    Some((lint, diagnostic))
}

/// What gives the logarithms of probabilities.
fn logarithm_of(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Softmax(axis) => format!("`log_softmax({axis})` in the place of `{name}`"),
        Kind::Sigmoid | Kind::Scores => format!("`log_sigmoid()` in the place of `{name}`"),
    }
}
