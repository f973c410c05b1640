//! Where gradients would pass, without differentiating anything.

use super::{Sources, find_active};
use crate::graph::scalar::{arg, constant};
use crate::graph::{Block, Graph, Node, Role, Value};
use crate::ops::{Op, Operation, repeat::Repeat};
use std::collections::HashSet;

/// The values through which gradients pass from the results of a function to its parameters and arguments.
pub struct GradientPaths {
    /// Values that depend on a parameter or an argument.
    active: HashSet<Value>,
    /// Values whose gradient is asked for on the way back from the results.
    wanted: HashSet<Value>,
}

impl GradientPaths {
    /// Those of a graph before it is differentiated.
    pub fn new(graph: &Graph) -> GradientPaths {
        let mut active = HashSet::new();
        find_active(&graph.body, Sources { parameters: true, inputs: true }, &mut active);
        let results = graph.roles.iter().zip(&graph.body.results);
        let outputs = results.filter(|(role, _)| matches!(role, Role::Output(_))).map(|(_, &value)| value);
        let mut wanted = outputs.filter(|&value| is_real(graph, value)).collect();
        find_wanted(graph, &graph.body, &mut wanted);
        GradientPaths { active, wanted }
    }

    /// Whether a gradient passes from the result of an operation to its operand.
    pub fn passes(&self, operand: Value, result: Value) -> bool {
        self.active.contains(&operand) && self.wanted.contains(&result)
    }
}

fn is_real(graph: &Graph, value: Value) -> bool {
    graph.ty(value).element.is_real()
}

fn find_wanted(graph: &Graph, block: &Block, wanted: &mut HashSet<Value>) {
    for node in block.nodes.iter().rev() {
        if !node.outputs.iter().any(|output| wanted.contains(output)) {
            continue;
        }
        match &node.op {
            Op::Detach(_) => {}
            Op::Repeat(repeat) => find_wanted_in_loop(graph, node, repeat, wanted),
            Op::IfElse(_) | Op::Checkpoint(_) => {
                for body in node.op.bodies() {
                    hand_on(&node.outputs, &body.results, wanted);
                    find_wanted(graph, body, wanted);
                }
            }
            Op::Map(map) => {
                let (count, zero) = (node.inputs.len(), constant(0.0));
                let passes = |index: usize| {
                    map.expression.vjp(index, arg(count), Some(arg(count + 1))) != zero
                        && is_real(graph, node.inputs[index])
                };
                wanted.extend((0..count).filter(|&index| passes(index)).map(|index| node.inputs[index]));
            }
            _ => wanted.extend(node.inputs.iter().copied().filter(|&input| is_real(graph, input))),
        }
    }
}

/// What is wanted of a carried value is wanted of the iteration before: repeated until nothing changes.
fn find_wanted_in_loop(graph: &Graph, node: &Node, repeat: &Repeat, wanted: &mut HashSet<Value>) {
    let body = &repeat.body;
    hand_on(&node.outputs, &body.results, wanted);
    loop {
        find_wanted(graph, body, wanted);
        if !hand_on(&body.params[..repeat.num_carried], &body.results, wanted) {
            break;
        }
    }
    hand_on(&body.params, &node.inputs, wanted);
}

/// Wants the second of each pair whose first is wanted, and says whether any was not wanted before.
fn hand_on(from: &[Value], to: &[Value], wanted: &mut HashSet<Value>) -> bool {
    let mut changed = false;
    for (from, to) in from.iter().zip(to) {
        changed |= wanted.contains(from) && wanted.insert(*to);
    }
    changed
}
