//! Reverse-mode differentiation: a graph becomes the joint graph of its forward and backward pass.
//!
//! Differentiation works region by region. The backward pass of a loop is a loop in the other direction; what it needs
//! of the forward iterations is collected in stacks. That of a condition is one with the same decision.

mod branches;
mod checkpoint;
mod custom_grad;
mod loops;
mod paths;

pub use paths::GradientPaths;

use crate::graph::scalar::{add, arg};
use crate::graph::{Block, Builder, ElementType, Graph, Node, Origin, Role, Size, StateRef, Value};
use crate::ops::{Op, Operation, Vjp, input::Input, repeat::Repeat, slice::Unslice};
use std::collections::{HashMap, HashSet};

/// What is to be differentiated with respect to what.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Whether the gradient of the output is one more argument after the graph's own; else it is 1 (for scalars).
    pub given_seed: bool,
    /// Whether gradients of `f32` arguments are results, too.
    pub input_gradients: bool,
    /// Number of arguments of the function.
    pub num_inputs: usize,
}

/// An operation on the way to a parameter that has no gradient.
#[derive(Debug)]
pub struct NotDifferentiable {
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub origin: Origin,
}

/// Adds the backward pass. Results are those of `graph`, then gradients of parameters in the order of the state, then
/// of arguments. A parameter that no gradient reaches has none.
///
/// # Errors
/// Operations without a gradient on the way to a parameter.
pub fn differentiate(graph: &Graph, request: Request) -> Result<Graph, Vec<NotDifferentiable>> {
    let origin = graph.body.results.first().map(|&value| graph.origin(value).clone());
    let origin = origin.expect("a function returns something");
    let mut builder = Builder::resume(graph, Origin { backward: true, ..origin });
    let mut forward = std::mem::take(builder.block());
    let mut results: Vec<(Role, Value)> =
        graph.roles.iter().cloned().zip(graph.body.results.iter().copied()).collect();

    let mut cx = Context::new(builder, true);
    let sources = Sources { parameters: true, inputs: request.input_gradients };
    find_active(&forward, sources, &mut cx.active);
    let outputs: Vec<Value> =
        results.iter().filter(|(role, _)| matches!(role, Role::Output(_))).map(|(_, value)| *value).collect();
    let mut next_input = request.num_inputs;
    for output in outputs {
        let ty = cx.builder.ty(output).clone();
        if ty.element != ElementType::Real {
            continue;
        }
        let seed = if request.given_seed {
            let seed = cx.builder.add(Input { index: next_input, ty }, &[]);
            next_input += 1;
            seed
        } else {
            cx.builder.constant(1.0)
        };
        cx.accumulate(output, seed);
    }
    cx.backward(&mut forward);
    if !cx.errors.is_empty() {
        return Err(cx.errors);
    }
    let mut parameter_grads: Vec<(StateRef, Value)> = Vec::new();
    for node in &forward.nodes {
        let Some(&grad) = node.outputs.first().and_then(|output| cx.grads.get(output)) else { continue };
        match &node.op {
            Op::Parameter(parameter) if parameter.trainable => {
                parameter_grads.push((parameter.state.clone(), grad))
            }
            Op::Input(input) if request.input_gradients && input.index < request.num_inputs => {
                results.push((Role::GradInput(input.index), grad));
            }
            _ => {}
        }
    }
    let merged = merge_elements(&mut cx.builder, parameter_grads);
    results.extend(merged.into_iter().map(|(state, grad)| (Role::GradParameter(state), grad)));
    let mut joint = cx.builder.finish(results);
    forward.nodes.append(&mut joint.body.nodes);
    joint.body.nodes = forward.nodes;
    Ok(joint)
}

/// Adds the gradients of values of the builder's current block, `wrt`, when those of others, `seeded`, are given, as part
/// of the program rather than of its backward pass. What no gradient reaches has none.
///
/// # Errors
/// Operations without a gradient on the way.
pub fn gradient(
    builder: &mut Builder,
    seeded: &[(Value, Value)],
    wrt: &[Value],
) -> Result<Vec<Option<Value>>, Vec<NotDifferentiable>> {
    let origin = builder.origin.clone();
    let mut forward = std::mem::take(builder.block());
    let mut cx = Context::new(std::mem::replace(builder, Builder::new(origin.clone())), origin.backward);
    cx.active.extend(wrt);
    find_active(&forward, Sources { parameters: false, inputs: false }, &mut cx.active);
    for &(value, grad) in seeded {
        cx.accumulate(value, grad);
    }
    cx.backward(&mut forward);
    cx.builder.origin = origin;
    let grads = wrt.iter().map(|value| {
        let shape = cx.builder.ty(*value).shape.clone();
        let grad = cx.grads.get(value).copied()?;
        Some(cx.builder.expand(grad, shape))
    });
    let grads = grads.collect();
    *builder = cx.builder;
    forward.nodes.append(&mut builder.block().nodes);
    *builder.block() = forward;
    if cx.errors.is_empty() { Ok(grads) } else { Err(cx.errors) }
}

/// Sorts gradients by tensor. Where a stack was used in a loop and single elements of it by index, the gradients of
/// the elements are added to that of the stack.
fn merge_elements(builder: &mut Builder, mut grads: Vec<(StateRef, Value)>) -> Vec<(StateRef, Value)> {
    grads.sort_by_key(|(state, _)| (state.tensor, std::cmp::Reverse(state.stacks.len())));
    let mut merged: Vec<(StateRef, Value)> = Vec::new();
    for (state, grad) in grads {
        let mut place = None;
        for (at, (whole, _)) in merged.iter().enumerate() {
            if let Some(index) = element_of(whole, &state) {
                place = Some((at, index));
            }
        }
        let Some((at, index)) = place else {
            merged.push((state, grad));
            continue;
        };
        let whole = merged[at].1;
        if index.iter().all(Option::is_none) {
            merged[at].1 = builder.map(&add(arg(0), arg(1)), &[whole, grad]);
            continue;
        }
        let shape = builder.ty(whole).shape.clone();
        let mut part = shape.clone();
        let mut starts = vec![Size::default(); shape.len()];
        for (axis, place) in index.into_iter().enumerate() {
            if let Some(place) = place {
                part[axis] = Size::one();
                starts[axis] = Size::literal(place as i64);
            }
        }
        let grad = builder.reshape(grad, part);
        let grad = builder.add(Unslice { starts, shape }, &[grad]);
        merged[at].1 = builder.map(&add(arg(0), arg(1)), &[whole, grad]);
    }
    merged
}

/// The index of `element` in the stacks of `whole`, `None` for those stacks of which it has every element: one block
/// of a stack is a single tensor or a stack of its own, and so is one layer of every block.
pub fn element_of(whole: &StateRef, element: &StateRef) -> Option<Vec<Option<usize>>> {
    let mut rest = element.tensor.checked_sub(whole.tensor)?;
    let mut common = element.stacks.iter().peekable();
    let mut index = Vec::new();
    for stack in &whole.stacks {
        if common.next_if_eq(&stack).is_some() {
            index.push(None);
            continue;
        }
        let &(count, step) = stack;
        if rest / step >= count {
            return None;
        }
        index.push(Some(rest / step));
        rest %= step;
    }
    (rest == 0 && common.next().is_none()).then_some(index)
}

/// What is differentiated with respect to, beside given values.
#[derive(Clone, Copy)]
struct Sources {
    /// Trainable parameters.
    parameters: bool,
    /// Arguments.
    inputs: bool,
}

/// Values that depend on something to differentiate with respect to.
fn find_active(block: &Block, sources: Sources, active: &mut HashSet<Value>) {
    for node in &block.nodes {
        let is_active = match &node.op {
            Op::Parameter(parameter) => sources.parameters && parameter.trainable,
            Op::Input(input) => sources.inputs && input.ty.element == ElementType::Real,
            Op::Detach(_) | Op::Constant(_) => false,
            Op::Repeat(repeat) => {
                find_active_in_loop(node, repeat, sources, active);
                continue;
            }
            Op::IfElse(choice) => {
                find_active_in_blocks(node, choice.branches.iter(), sources, active);
                continue;
            }
            Op::Checkpoint(checkpoint) => {
                find_active_in_blocks(node, [&checkpoint.body].into_iter(), sources, active);
                continue;
            }
            _ => node.inputs.iter().any(|input| active.contains(input)),
        };
        if is_active {
            active.extend(&node.outputs);
        }
    }
}

/// A carried value that becomes active in one iteration is active in the next: repeated until nothing changes.
fn find_active_in_loop(node: &Node, repeat: &Repeat, sources: Sources, active: &mut HashSet<Value>) {
    for (param, input) in repeat.body.params.iter().zip(&node.inputs) {
        if active.contains(input) {
            active.insert(*param);
        }
    }
    loop {
        find_active(&repeat.body, sources, active);
        let mut changed = false;
        for (param, result) in repeat.body.params.iter().zip(&repeat.body.results).take(repeat.num_carried) {
            if active.contains(result) {
                changed |= active.insert(*param);
            }
        }
        if !changed {
            break;
        }
    }
    for (output, result) in node.outputs.iter().zip(&repeat.body.results) {
        if active.contains(result) {
            active.insert(*output);
        }
    }
}

fn find_active_in_blocks<'b>(
    node: &Node,
    blocks: impl Iterator<Item = &'b Block>,
    sources: Sources,
    active: &mut HashSet<Value>,
) {
    for branch in blocks {
        find_active(branch, sources, active);
        for (output, result) in node.outputs.iter().zip(&branch.results) {
            if active.contains(result) {
                active.insert(*output);
            }
        }
    }
}

struct Context {
    builder: Builder,
    active: HashSet<Value>,
    grads: HashMap<Value, Value>,
    errors: Vec<NotDifferentiable>,
    /// Whether what is added is marked as the backward pass.
    marks_backward: bool,
}

impl Context {
    fn new(builder: Builder, marks_backward: bool) -> Context {
        let (active, grads, errors) = (HashSet::new(), HashMap::new(), Vec::new());
        Context { builder, active, grads, errors, marks_backward }
    }

    /// Adds to the gradient of a value, if it matters.
    fn accumulate(&mut self, value: Value, grad: Value) {
        if !self.active.contains(&value) || !self.builder.ty(value).element.is_real() {
            return;
        }
        let sum = match self.grads.get(&value) {
            Some(&known) => self.builder.map(&add(arg(0), arg(1)), &[known, grad]),
            None => grad,
        };
        self.grads.insert(value, sum);
    }

    /// Adds the backward pass of a block to the builder's current block. Loops of the forward block get more results.
    fn backward(&mut self, forward: &mut Block) {
        for at in (0..forward.nodes.len()).rev() {
            let node = forward.nodes[at].clone();
            let grads: Vec<Option<Value>> =
                node.outputs.iter().map(|value| self.grads.get(value).copied()).collect();
            let needed: Vec<bool> = node.inputs.iter().map(|value| self.active.contains(value)).collect();
            if grads.iter().all(Option::is_none) {
                continue;
            }
            let origin = self.builder.values[node.outputs[0].index()].origin.clone();
            self.builder.origin = Origin { backward: self.marks_backward, ..origin };
            if let Op::Repeat(repeat) = &node.op {
                self.backward_loop(&node, repeat, &grads, &mut forward.nodes[at]);
                continue;
            }
            if let Op::IfElse(choice) = &node.op {
                self.backward_branches(&node, choice, &grads, &mut forward.nodes[at]);
                continue;
            }
            if let Op::Checkpoint(checkpoint) = &node.op {
                self.backward_checkpoint(checkpoint, &grads);
                continue;
            }
            if let Op::CustomGrad(custom) = &node.op {
                self.backward_custom_grad(&node, custom, &grads);
                continue;
            }
            if !needed.contains(&true) {
                continue;
            }
            let (inputs, outputs) = (&node.inputs, &node.outputs);
            let mut vjp = Vjp { builder: &mut self.builder, inputs, outputs, grads: &grads, needed: &needed };
            match node.op.vjp(&mut vjp) {
                Ok(input_grads) => {
                    for (&input, grad) in node.inputs.iter().zip(input_grads) {
                        if let Some(grad) = grad {
                            self.accumulate(input, grad);
                        }
                    }
                }
                Err(reason) => {
                    let origin = self.builder.origin.clone();
                    self.errors.push(NotDifferentiable { reason, origin });
                }
            }
        }
    }
}

/// Replaces values in a block and the blocks in it.
pub fn substitute(block: &mut Block, replacement: &HashMap<Value, Value>) {
    let replace = |value: &mut Value| {
        if let Some(&new) = replacement.get(value) {
            *value = new;
        }
    };
    for node in &mut block.nodes {
        node.inputs.iter_mut().for_each(replace);
        for body in node.op.bodies_mut() {
            substitute(body, replacement);
        }
    }
    block.results.iter_mut().for_each(replace);
}
