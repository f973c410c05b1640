//! Names and comments that lead from emitted code back to the user's program.

use crate::graph::Value;
use crate::plan::{FusedLoop, Plan};

/// A name that a person recognises: where the value comes from, and its number. Not yet an identifier.
pub(super) fn value_name(value: Value, plan: &Plan) -> String {
    let origin = plan.graph.origin(value);
    let layer = origin.scope.rsplit('.').next().unwrap_or_default();
    let text = if layer.is_empty() { origin.name.to_string() } else { format!("{layer}_{}", origin.name) };
    let grad = if origin.backward { "grad_" } else { "" };
    format!("{grad}{}_{}", text.replace('.', "_"), value.0)
}

/// What a person would call a value: `conv1: conv2d`.
pub(super) fn shown_name(value: Value, plan: &Plan) -> String {
    let origin = plan.graph.origin(value);
    let layer = if origin.scope.is_empty() { String::new() } else { format!("{}: ", origin.scope) };
    format!("{layer}{}", origin.name)
}

/// What a value is: `conv1: conv2d, [N, 6, 28, 28]`.
pub(super) fn describe_value(value: Value, plan: &Plan) -> String {
    let pass = if plan.graph.origin(value).backward { "backward of " } else { "" };
    format!("{pass}{}, {}", shown_name(value, plan), plan.graph.ty(value))
}

/// What a loop stores.
pub(super) fn describe_loop(fused: &FusedLoop, plan: &Plan) -> String {
    let stores: Vec<String> = fused.stores.iter().map(|store| describe_value(store.value, plan)).collect();
    stores.join("; ")
}
