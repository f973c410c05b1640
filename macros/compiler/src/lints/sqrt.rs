//! Roots whose gradient is infinite because their operand can be 0.

use super::Lint;
use super::sign::{Sign, Signs};
use super::trace::Trace;
use crate::autodiff::GradientPaths;
use crate::diagnostics::{Diagnostic, in_line};
use crate::graph::scalar::{Binary, Scalar, Unary};
use crate::graph::{Node, Value};
use crate::lower::Called;
use crate::ops::{Op, reduce::ReduceKind};

/// What a root is.
#[derive(Clone, Copy)]
enum Root {
    /// `√x`, or a power between 0 and 1.
    Direct,
    /// `1 / √x`.
    Inverse,
}

/// Roots of squares, magnitudes and their sums, through which a gradient passes.
pub(super) fn check<'c>(calls: &'c [Called], trace: &Trace<'_>) -> Vec<(&'c Called, Lint, Diagnostic)> {
    let roots = calls.iter().filter(|call| !call.in_library);
    let roots = roots.filter_map(|call| Some((call, root(call, trace)?, call.operand(0)?)));
    let mut roots: Vec<(&Called, Root, Value)> = roots.collect();
    if roots.is_empty() {
        return Vec::new();
    }
    let signs = Signs::new(trace);
    roots.retain(|(_, _, operand)| signs.of(*operand) == Sign::ReachesZero);
    if roots.is_empty() {
        return Vec::new();
    }
    let paths = GradientPaths::new(trace.graph);
    roots.retain(|(call, _, operand)| paths.passes(*operand, call.result));
    let warn =
        |(call, root, operand)| (call, Lint::SqrtAtZero, diagnostic(call, root, operand, &signs, trace));
    roots.into_iter().map(warn).collect()
}

/// What kind of root a call has become.
fn root(call: &Called, trace: &Trace<'_>) -> Option<Root> {
    if !matches!(call.method, "sqrt" | "rsqrt" | "pow" | "powf") {
        return None;
    }
    let is_root = |x: &Scalar| *x == Scalar::Unary(Unary::Sqrt, Box::new(Scalar::Arg(0)));
    match trace.expression(call.result)?.0 {
        expression if is_root(expression) => Some(Root::Direct),
        Scalar::Binary(Binary::Div, one, x) if matches!(**one, Scalar::Const(_)) && is_root(x) => {
            Some(Root::Inverse)
        }
        Scalar::Binary(Binary::Pow, _, y) => match **y {
            Scalar::Const(exponent) if exponent.value() > 0.0 && exponent.value() < 1.0 => Some(Root::Direct),
            _ => None,
        },
        _ => None,
    }
}

fn diagnostic(
    call: &Called,
    root: Root,
    operand: Value,
    signs: &Signs<'_, '_>,
    trace: &Trace<'_>,
) -> Diagnostic {
    let method = call.method;
    let message = match root {
        Root::Direct => {
            format!("the gradient of `{method}` is infinite where its operand is 0, as this one can be")
        }
        Root::Inverse => {
            format!("`{method}` and its gradient are infinite where its operand is 0, as this one can be")
        }
    };
    let Zero { value, is_summed, is_changed } = zero(operand, signs, trace);
    let origin = trace.origin(value);
    let line = in_line(origin.span, call.origin.span);
    let (where_zero, instead) = match &*origin.name {
        "var" | "batch_var" => (format!("`var` {line} is 0 where all elements are equal"), Some("std")),
        "abs" => (format!("`abs` {line} is 0 where its operand is"), None),
        "square" | "powi" | "powf" | "pow" => {
            let name = &origin.name;
            (
                format!("`{name}` {line} is 0 where its operand is"),
                Some(if is_summed { "norm" } else { "abs" }),
            )
        }
        "mul" => (
            format!("a product with itself, {line}, is 0 where its factors are"),
            Some(if is_summed { "norm" } else { "abs" }),
        ),
        name => (format!("`{name}` {line} can be 0"), None),
    };
    let instead = instead.filter(|_| method == "sqrt" && !is_changed);
    let instead =
        instead.map_or(String::new(), |name| format!(", or write `{name}`, whose gradient is 0 there"));
    Diagnostic::new(call.origin.span, message)
        .note(format!("{where_zero}; 0 times infinity is NaN, in every gradient before it"))
        .help(
            format!("add a small number to the operand: `(… + 1e-12).{method}(…)`{instead}")
                .replace("sqrt(…)", "sqrt()"),
        )
}

/// What makes an operand 0.
struct Zero {
    value: Value,
    /// Whether it is added up over axes on the way.
    is_summed: bool,
    /// Whether it is divided, scaled or added to something on the way.
    is_changed: bool,
}

fn zero(operand: Value, signs: &Signs<'_, '_>, trace: &Trace<'_>) -> Zero {
    let mut zero = Zero { value: operand, is_summed: false, is_changed: false };
    loop {
        if let Some(before) = trace.step_back(zero.value) {
            zero.value = before;
            continue;
        }
        let Some(Node { op, inputs, .. }) = trace.node(zero.value) else { return zero };
        // A variance is one thing to its reader, though it is a mean of squares.
        let is_whole = &*trace.origin(zero.value).name == "var";
        let before = inputs.iter().find(|&&input| signs.of(input) == Sign::ReachesZero);
        let Some(&before) = before.filter(|_| !is_whole) else { return zero };
        zero.is_summed |= matches!(op, Op::Reduce(reduce) if reduce.kind == ReduceKind::Sum);
        zero.is_changed |= !matches!(op, Op::Reduce(reduce) if reduce.kind == ReduceKind::Sum);
        zero.value = before;
    }
}
