//! Saved or recomputed: what the backward pass can compute again from values that are in memory anyway, for less than
//! reading it back would cost, is not kept.
//!
//! A cheap element-wise value of the forward pass that only element-wise operations of the backward pass use is
//! written into their expressions. In a batch normalisation, the normalised values are not stored: the backward loops
//! compute them from the input of the layer.

use crate::graph::scalar::Scalar;
use crate::graph::{Graph, Node, Value, inline_scalar};
use crate::ops::Op;
use std::collections::HashMap;

/// Functions in one expression at most: more would spill registers and hide that the value is not cheap any more.
const MAX_FUNCTIONS: i64 = 24;

/// Rewrites the backward pass of a joint graph.
pub fn recompute(graph: &Graph) -> Graph {
    let mut graph = graph.clone();
    // From the last to the first, so that what a recomputed value needs is considered after it.
    for index in (0..graph.body.nodes.len()).rev() {
        if is_candidate(&graph, index) {
            write_into_users(&mut graph, index);
        }
    }
    crate::optimise::eliminate_dead_code(&graph)
}

fn is_backward(graph: &Graph, node: &Node) -> bool {
    graph.origin(node.outputs[0]).backward
}

/// Whether a node's value is better computed again than kept.
fn is_candidate(graph: &Graph, index: usize) -> bool {
    let node = &graph.body.nodes[index];
    let Op::Map(map) = &node.op else { return false };
    let value = node.outputs[0];
    if is_backward(graph, node)
        || inline_scalar(&node.op, &node.inputs).is_some()
        || !map.expression.is_cheap()
        || graph.body.results.contains(&value)
    {
        return false;
    }
    let mut used_backward = false;
    for user in graph.body.nodes[index + 1..].iter().filter(|user| uses(user, value)) {
        match &user.op {
            Op::Map(of_user) => {
                let backward = is_backward(graph, user);
                used_backward |= backward;
                if backward
                    && of_user.expression.num_functions() + map.expression.num_functions() > MAX_FUNCTIONS
                {
                    return false;
                }
            }
            Op::Reduce(_) | Op::Expand(_) if !is_backward(graph, user) => {}
            // A kernel reads it from memory, so it is there.
            _ => return false,
        }
    }
    used_backward && keeps_no_more(graph, node)
}

/// Whether the operands that would have to be kept instead take no more memory than the value.
fn keeps_no_more(graph: &Graph, node: &Node) -> bool {
    let full = graph.ty(node.outputs[0]).numel();
    let extra = node
        .inputs
        .iter()
        .filter(|&&input| graph.ty(input).numel() == full)
        .filter(|&&input| {
            let kept = graph.body.nodes.iter().any(|user| is_backward(graph, user) && uses(user, input));
            !kept && !is_leaf(graph, input)
        })
        .count();
    extra <= 1
}

fn is_leaf(graph: &Graph, value: Value) -> bool {
    graph
        .body
        .nodes
        .iter()
        .any(|node| node.outputs.contains(&value) && matches!(node.op, Op::Input(_) | Op::Parameter(_)))
}

fn uses(node: &Node, value: Value) -> bool {
    if node.inputs.contains(&value) {
        return true;
    }
    let mut found = false;
    if let Op::Repeat(repeat) = &node.op {
        repeat.body.for_each_capture(&mut |captured| found |= captured == value);
    }
    found
}

/// Replaces the value by its expression in the maps of the backward pass.
fn write_into_users(graph: &mut Graph, index: usize) {
    let node = graph.body.nodes[index].clone();
    let Op::Map(map) = &node.op else { return };
    let value = node.outputs[0];
    for user in index + 1..graph.body.nodes.len() {
        if !is_backward(graph, &graph.body.nodes[user]) || !graph.body.nodes[user].inputs.contains(&value) {
            continue;
        }
        let user = &mut graph.body.nodes[user];
        let Op::Map(of_user) = &mut user.op else { continue };
        let mut inputs: Vec<Value> = Vec::new();
        let mut number: HashMap<Value, usize> = HashMap::new();
        let mut operand = |value: Value| {
            *number.entry(value).or_insert_with(|| {
                inputs.push(value);
                inputs.len() - 1
            })
        };
        let own: Vec<Option<usize>> =
            user.inputs.iter().map(|&input| (input != value).then(|| operand(input))).collect();
        let of_value: Vec<usize> = node.inputs.iter().map(|&input| operand(input)).collect();
        let inner = map.expression.substitute(&|index| Scalar::Arg(of_value[index]));
        of_user.expression = of_user.expression.substitute(&|index| match own[index] {
            Some(number) => Scalar::Arg(number),
            None => inner.clone(),
        });
        user.inputs = inputs;
    }
}
