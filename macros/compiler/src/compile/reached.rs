//! Which parameters gradients reach, and which ones functions use.

use super::CompiledFunction;
use crate::diagnostics::{Diagnostic, Diagnostics, Reported, list_names};
use crate::ops::Op;
use crate::program::{Instance, Member, StateKind, StateTensor};
use std::collections::HashSet;

/// Every trainable parameter is reached by the gradient of some function that returns a scalar, if there is any.
pub(super) fn check_reached(
    root: &Instance,
    state: &[StateTensor],
    functions: &[CompiledFunction],
    reached: &HashSet<usize>,
    diagnostics: &mut Diagnostics,
) -> Result<(), Reported> {
    let mut losses: Vec<String> =
        functions.iter().filter(|f| f.loss_grad.is_some()).map(|f| f.decl.ident.to_string()).collect();
    // One with optional arguments is there for each choice of them.
    losses.dedup();
    if losses.is_empty() {
        return Ok(());
    }
    let losses = list_names(losses.iter().map(String::as_str));
    let used = used_tensors(functions);
    let mut result = Ok(());
    // One error for each field of the root: that is where the user can act.
    for (field, member) in root.decl.fields.iter().zip(&root.members) {
        let unreached: Vec<usize> = tensors_of(&member.1)
            .filter(|index| state[*index].kind == StateKind::Trainable && !reached.contains(index))
            .collect();
        if unreached.is_empty() {
            continue;
        }
        let message = format!("no gradient reaches {}", parameters_text(&unreached, state));
        let what = if unreached.len() == 1 { "it" } else { "them" };
        let why = if unreached.iter().any(|index| used.contains(index)) {
            format!(
                "{losses} uses {what}, but only behind a `detach`, a comparison or a buffer, where gradients end"
            )
        } else {
            format!("gradients start from {losses}, which does not use {what}")
        };
        result = Err(diagnostics.report(Diagnostic::new(field.ident.span(), message).note(why).help(
            format!("use {what} on the way to the result, mark `{}` `#[frozen]`, or remove it", field.ident),
        )));
    }
    result
}

/// The tensors of the state that belong to a field.
fn tensors_of(member: &Member) -> std::ops::Range<usize> {
    match member {
        Member::Tensor(index) => *index..index + 1,
        Member::Model(instance) => instance.tensors.clone(),
        Member::Stack(elements) => match (elements.first(), elements.last()) {
            (Some(first), Some(last)) => first.tensors.start..last.tensors.end,
            _ => 0..0,
        },
        Member::Hyper(_) | Member::Absent => 0..0,
    }
}

/// "the parameters `fc.weight` and `fc.bias`".
fn parameters_text(tensors: &[usize], state: &[StateTensor]) -> String {
    /// So many are named.
    const MOST: usize = 4;
    let names = || tensors.iter().map(|&index| state[index].name.as_str());
    match tensors.len() {
        1 => format!("the parameter {}", list_names(names())),
        number if number <= MOST => format!("the parameters {}", list_names(names())),
        number => {
            let named: Vec<String> = names().take(MOST).map(|name| format!("`{name}`")).collect();
            format!("the parameters {} and {} more", named.join(", "), number - MOST)
        }
    }
}

/// Tensors of the state that the functions that return a scalar read.
fn used_tensors(functions: &[CompiledFunction]) -> HashSet<usize> {
    let graphs = functions.iter().filter(|function| function.loss_grad.is_some()).map(|f| &f.eval.graph);
    let parameters = graphs.flat_map(|graph| &graph.body.nodes).filter_map(|node| match &node.op {
        Op::Parameter(parameter) => Some(parameter.state.tensors()),
        _ => None,
    });
    parameters.flatten().collect()
}
