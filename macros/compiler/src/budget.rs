//! Memory budgets: `#[model(max_train_bytes = "64 MiB", at = Dims { n: 128 })]`.
//!
//! Where one is exceeded, the error names the costliest values and what `checkpoint` around a call would save: the
//! training step is planned again with the call in a checkpoint, for those calls that keep most.

use crate::autodiff::{Request, differentiate};
use crate::compile::{CompiledFunction, fill_missing_inputs};
use crate::diagnostics::{Diagnostic, Diagnostics, Reported, in_line, list_names};
use crate::emit::{Costs, summary};
use crate::graph::{Block, Graph};
use crate::lower::{Candidate, Lowered, Symbol, lower_candidates, lower_with_checkpoint};
use crate::ops::{Op, Operation};
use crate::optimise::{optimise, simplify};
use crate::parse::ModelAttributes;
use crate::plan::{Plan, PlanRequest, plan};
use crate::program::{Instance, Program, StateKind, StateTensor};
use crate::recompute::recompute;
use proc_macro2::Span;
use std::collections::HashMap;
use std::rc::Rc;

/// Calls around which a checkpoint is tried: each takes as long as compiling the function.
const MOST_TRIED: usize = 8;

/// Checkpoints that the error names.
const MOST_NAMED: usize = 3;

/// Characters of an expression that the error shows.
const MOST_SHOWN: usize = 60;

/// A compiled model.
pub(crate) struct BudgetedModel<'a> {
    pub program: &'a Program,
    pub root: &'a Rc<Instance>,
    pub state: &'a [StateTensor],
    pub functions: &'a [CompiledFunction],
}

/// Sizes of run-time dimensions.
type Sizes = HashMap<Rc<str>, i64>;

/// A training step needs no more memory than the budget.
pub(crate) fn check_budget(
    model: &BudgetedModel<'_>,
    attributes: &ModelAttributes,
    dims: &[Symbol],
    costs: &Costs,
    diagnostics: &mut Diagnostics,
) -> Result<(), Reported> {
    let Some((budget, span)) = attributes.max_train_bytes else { return Ok(()) };
    let values = sizes(model.root, attributes, dims, span).map_err(|wrong| diagnostics.report(wrong))?;
    let needed = costs.train_bytes.evaluate(&values);
    if needed as u64 <= budget {
        return Ok(());
    }
    let mut diagnostic = Diagnostic::new(
        span,
        format!("a training step needs {} KiB, but the budget is {} KiB", kib(needed), budget / 1024),
    );
    let trained = model.state.iter().filter(|tensor| tensor.kind == StateKind::Trainable);
    let trained = trained.map(StateTensor::numel).sum::<usize>() as i64;
    diagnostic = diagnostic.note(format!(
        "{} KiB: {trained} trained parameters, their gradients and two moments of the optimizer",
        kib(16 * trained)
    ));
    let mut help = "raise the budget, or lower the sizes in `at`".to_string();
    if let Some((function, plan)) = trained_function(model.functions) {
        diagnostic.notes.extend(summary::costliest(plan, &values));
        let found = savings(model, function, &values, needed);
        for Saving { text, span: place, bytes } in &found {
            let place = in_line(*place, span);
            diagnostic
                .notes
                .push(format!("`checkpoint({text})` {place} would save {} KiB", kib_saved(*bytes)));
        }
        if found.iter().any(|saving| (needed - saving.bytes) as u64 <= budget) {
            help = "write the first of these checkpoints, raise the budget, or lower the sizes in `at`"
                .to_string();
        }
    }
    Err(diagnostics.report(diagnostic.help(help)))
}

/// What is needed, rounded up.
fn kib(bytes: i64) -> i64 {
    (bytes + 1023) / 1024
}

/// What is saved, rounded down.
fn kib_saved(bytes: i64) -> i64 {
    bytes / 1024
}

/// The sizes at which the budget holds.
fn sizes(
    root: &Instance,
    attributes: &ModelAttributes,
    dims: &[Symbol],
    span: Span,
) -> Result<Sizes, Diagnostic> {
    let known: Vec<String> = dims.iter().map(|dim| dim.name.to_lowercase()).collect();
    for (name, _) in &attributes.at {
        if !known.contains(&name.to_string()) {
            let list = list_names(known.iter().map(String::as_str));
            let message = format!("`{}` has no run-time dimension `{name}`", root.decl.name);
            return Err(Diagnostic::new(name.span(), message)
                .note(format!("its functions declare {list}, written in small letters here")));
        }
    }
    let size = |dim: &Symbol| {
        let given = attributes.at.iter().find(|(name, _)| *name == dim.name.to_lowercase());
        let Some((_, value)) = given else {
            let list: Vec<String> = known.iter().map(|name| format!("{name}: 64")).collect();
            let message = format!("the budget depends on `{}`, which is known at run time only", dim.name);
            return Err(Diagnostic::new(span, message)
                .help(format!("say at which size it holds: `at = Dims {{ {} }}`", list.join(", "))));
        };
        Ok((dim.atom().as_str().into(), value / dim.multiple_of))
    };
    dims.iter().map(size).collect()
}

/// The function whose training step is budgeted, and its plan: the first that returns a scalar, or else the first.
pub(crate) fn trained_function(functions: &[CompiledFunction]) -> Option<(&CompiledFunction, &Plan)> {
    let with = |plan: fn(&CompiledFunction) -> Option<&Plan>| {
        functions.iter().find_map(move |function| plan(function).map(|plan| (function, plan)))
    };
    with(|function| function.loss_grad.as_ref()).or_else(|| with(|function| function.halves.as_ref()))
}

/// What a checkpoint would save.
struct Saving {
    /// What is put in it, as it is written.
    text: String,
    span: Span,
    bytes: i64,
}

/// The checkpoints that save most, from the most on: of those around single calls that keep most.
fn savings(
    model: &BudgetedModel<'_>,
    function: &CompiledFunction,
    values: &Sizes,
    needed: i64,
) -> Vec<Saving> {
    let BudgetedModel { program, root, state, .. } = *model;
    let Ok((lowered, candidates)) = lower_candidates(program, state, root, &function.decl) else {
        return Vec::new();
    };
    let sizes = bytes_of_values(&lowered.graph, values);
    let kept = |candidate: &Candidate| {
        let computed: i64 = candidate.values.iter().flat_map(|range| &sizes[range.clone()]).sum();
        let results: i64 = candidate.results.iter().map(|result| sizes[result.index()]).sum();
        computed - results
    };
    let mut candidates: Vec<(i64, Candidate)> =
        candidates.into_iter().map(|candidate| (kept(&candidate), candidate)).collect();
    candidates.retain(|(kept, _)| *kept > 0);
    candidates.sort_by_key(|(kept, _)| std::cmp::Reverse(*kept));
    let args = &function.arg_types;
    let mut found: Vec<Saving> = Vec::new();
    for (_, candidate) in candidates.into_iter().take(MOST_TRIED) {
        let tried = lower_with_checkpoint(program, state, root, &function.decl, &candidate).ok();
        let Some(plan) = tried.and_then(|lowered| trained_plan(&lowered, function.is_scalar(), state)) else {
            continue;
        };
        let bytes = needed - summary::train_bytes(&plan, args, &function.results, state).evaluate(values);
        if kib_saved(bytes) > 0 {
            found.push(Saving { text: shown(&candidate.text), span: candidate.span, bytes });
        }
    }
    // Of those that save the same, the one that computes least again.
    found.sort_by_key(|saving| (std::cmp::Reverse(saving.bytes), saving.text.len()));
    found.dedup_by_key(|saving| saving.bytes);
    found.truncate(MOST_NAMED);
    found
}

/// The plan of a training step.
fn trained_plan(train: &Lowered, is_scalar: bool, state: &[StateTensor]) -> Option<Plan> {
    let num_inputs = train.args.len();
    let request = Request { given_seed: !is_scalar, input_gradients: !is_scalar, num_inputs };
    let mut joint = differentiate(&simplify(&train.graph), request).ok()?;
    if !is_scalar {
        fill_missing_inputs(&mut joint, num_inputs);
    }
    let second_half_inputs = (!is_scalar).then_some(num_inputs);
    Some(plan(recompute(&optimise(&joint)), &PlanRequest { state, second_half_inputs, step_by_step: false }))
}

/// Bytes of each value that is computed and might be kept, over all iterations of the loops around it.
fn bytes_of_values(graph: &Graph, values: &Sizes) -> Vec<i64> {
    fn walk(graph: &Graph, block: &Block, times: i64, values: &Sizes, sizes: &mut [i64]) {
        for node in &block.nodes {
            let times = match &node.op {
                // Not kept, or not in memory of their own.
                Op::Input(_) | Op::Parameter(_) | Op::Constant(_) | Op::Reshape(_) | Op::Expand(_) => {
                    continue;
                }
                Op::Checkpoint(_) => continue,
                Op::Repeat(repeat) => times.saturating_mul(repeat.count.evaluate(values)),
                _ => times,
            };
            for body in node.op.bodies() {
                walk(graph, body, times, values, sizes);
            }
            for output in &node.outputs {
                sizes[output.index()] =
                    summary::bytes(graph.ty(*output)).evaluate(values).saturating_mul(times);
            }
        }
    }
    let mut sizes = vec![0; graph.values.len()];
    walk(graph, &graph.body, 1, values, &mut sizes);
    sizes
}

/// An expression, shortened.
fn shown(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    if text.chars().count() <= MOST_SHOWN {
        return text;
    }
    let start: String = text.chars().take(MOST_SHOWN).collect();
    format!("{start}…")
}
