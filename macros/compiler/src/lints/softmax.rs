//! A softmax that says nothing: of probabilities, or over a single class.

use super::trace::{Kind, Trace};
use super::{Found, Lint};
use crate::diagnostics::Diagnostic;
use crate::graph::shape_text;
use crate::lower::Called;
use crate::ops::Op;

/// `x.softmax().softmax()`, and a softmax or a cross-entropy along an axis of size 1.
pub(super) fn check(call: &Called, trace: &Trace<'_>) -> Found {
    match call.method {
        "softmax" | "softmin" | "log_softmax" => {
            of_probabilities(call, trace).or_else(|| of_one_class(call, trace))
        }
        "cross_entropy" => of_one_class(call, trace),
        _ => None,
    }
}

/// The axis along which the call's softmax runs.
fn axis(call: &Called, trace: &Trace<'_>) -> Option<usize> {
    match &trace.node(call.result)?.op {
        Op::Softmax(softmax) => Some(softmax.axis),
        Op::LogSoftmax(softmax) => Some(softmax.axis),
        _ => None,
    }
}

fn of_probabilities(call: &Called, trace: &Trace<'_>) -> Found {
    let source = trace.source(call.operand(0)?)?;
    if source.kind != Kind::Softmax(axis(call, trace)?)
        || source.is_moved
        || trace.is_hidden(source.value, call)
    {
        return None;
    }
    let (method, name) = (call.method, &trace.origin(source.value).name);
    let diagnostic = Diagnostic::new(
        call.origin.span,
        format!("`{method}` of probabilities makes them nearly equal: they differ by 1 at most"),
    )
    .note(format!("{} makes the probabilities", trace.text(source, call)))
    .help(format!("leave `{name}` or `{method}` out"));
    Some((Lint::SoftmaxOfProbabilities, diagnostic))
}

fn of_one_class(call: &Called, trace: &Trace<'_>) -> Found {
    // A layer of any size may be given a single class on purpose.
    if call.of_generic || call.in_library {
        return None;
    }
    let is_loss = call.method == "cross_entropy";
    let axis = if is_loss { 1 } else { axis(call, trace)? };
    let shape = &trace.graph.ty(call.operand(0)?).shape;
    if !shape.get(axis)?.is_one() {
        return None;
    }
    let (always, help) = match call.method {
        "cross_entropy" => (
            "0",
            "for one score per decision write `bce_with_logits_loss`, or give it a score for each class",
        ),
        "log_softmax" => ("0", "for one score per decision write `log_sigmoid`, or choose another axis"),
        _ => ("1", "for one score per decision write `sigmoid`, or choose another axis"),
    };
    let diagnostic = Diagnostic::new(
        call.origin.span,
        format!("`{}` of a single class is {always}, whatever its score is", call.method),
    )
    .note(format!("the scores are {}, with the classes along axis {axis}", shape_text(shape)))
    .help(help);
    Some((Lint::SoftmaxOfOneClass, diagnostic))
}
