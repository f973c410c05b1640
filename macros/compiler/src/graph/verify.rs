//! The verifier of graphs: run after every stage in tests and debug builds of the compiler.

use super::{Block, Graph, TensorType, Value};
use crate::ops::Operation;

/// Checks that every value is defined once and before its uses, and that every type is what its operation infers.
///
/// # Errors
/// The first rule that is broken, with the node.
pub fn verify(graph: &Graph) -> Result<(), String> {
    if graph.roles.len() != graph.body.results.len() {
        return Err(format!("{} roles for {} results", graph.roles.len(), graph.body.results.len()));
    }
    let mut defined = vec![false; graph.values.len()];
    verify_block(graph, &graph.body, &mut defined)
}

fn verify_block(graph: &Graph, block: &Block, defined: &mut Vec<bool>) -> Result<(), String> {
    let mut here: Vec<Value> = Vec::new();
    let mut define = |value: Value, defined: &mut Vec<bool>| {
        here.push(value);
        let fresh = !std::mem::replace(&mut defined[value.index()], true);
        if fresh { Ok(()) } else { Err(format!("%{} is defined twice", value.0)) }
    };
    for &value in &block.params {
        define(value, defined)?;
    }
    for node in &block.nodes {
        let text = node.op.text();
        for value in &node.inputs {
            if !defined[value.index()] {
                return Err(format!("{text} uses %{} before it is defined", value.0));
            }
        }
        if let Some(body) = node.op.body() {
            verify_block(graph, body, defined)?;
        }
        let inputs: Vec<&TensorType> = node.inputs.iter().map(|&value| graph.ty(value)).collect();
        let expected = node.op.infer(&inputs).map_err(|message| format!("{text}: {message}"))?;
        let found: Vec<&TensorType> = node.outputs.iter().map(|&value| graph.ty(value)).collect();
        if expected.iter().collect::<Vec<_>>() != found {
            return Err(format!("{text} has outputs of types {found:?}, but infers {expected:?}"));
        }
        for &value in &node.outputs {
            define(value, defined)?;
        }
    }
    for value in &block.results {
        if !defined[value.index()] {
            return Err(format!("result %{} is not defined", value.0));
        }
    }
    // What a block defines is not visible outside it.
    for value in here {
        if !std::ptr::eq(block, &graph.body) {
            defined[value.index()] = false;
        }
    }
    Ok(())
}
